import { createHash } from "node:crypto";
import { request } from "node:http";
import { connect } from "node:net";
import sharp from "sharp";
import { afterEach, expect, test } from "vitest";
import { bodySchemas } from "./generated/spec.gen.ts";
import { inspectImage } from "./request/inspect-image.ts";
import { type MockServer, type MockServerOptions, scenarioNames, startMockServer } from "./server.ts";
import { drawMask, drawScene } from "./testing/draw-scene.ts";
import { editForm } from "./testing/edit-form.ts";

const started: MockServer[] = [];
/** Draws placeholders, which is fast, unless the test is about rendering. */
async function start(options: MockServerOptions & { paints?: boolean } = {}): Promise<MockServer> {
  const { paints = false, ...given } = options;
  const mock = await startMockServer(paints ? given : { render: "drawn", ...given });
  started.push(mock);
  return mock;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((mock) => mock.close()));
});

const image = await drawScene(64, 48);
const fields = { prompt: "a hat", model: "acme-9", size: "48x32" };

function post(
  mock: MockServer,
  change: Record<string, string> = {},
  headers: Record<string, string> = {},
  query = "",
) {
  return fetch(`${mock.url}/v1/images/edits${query}`, {
    method: "POST",
    body: editForm({ ...fields, ...change, image: image }),
    headers: { authorization: "Bearer sk-mock", ...headers },
  });
}

/** Sends a complete form over a raw socket and returns all received data, and how the connection ended. */
async function postRaw(mock: MockServer, scenario: string, change: Record<string, string> = {}) {
  const form = new Request("http://x", {
    method: "POST",
    body: editForm({ ...fields, ...change, image: image }),
  });
  const body = Buffer.from(await form.arrayBuffer());
  const head = [
    "POST /v1/images/edits HTTP/1.1",
    "host: x",
    "authorization: Bearer k",
    `x-mock-scenario: ${scenario}`,
    `content-type: ${form.headers.get("content-type")}`,
    `content-length: ${body.length}`,
    "connection: close",
  ];
  return new Promise<{ text: string; error?: string }>((resolve) => {
    const socket = connect(mock.port, "127.0.0.1");
    const received: Buffer[] = [];
    socket.on("data", (chunk) => received.push(chunk));
    const finish = (error?: NodeJS.ErrnoException) =>
      resolve({
        text: Buffer.concat(received).toString("latin1"),
        ...(error?.code ? { error: error.code } : {}),
      });
    socket.once("error", finish);
    socket.once("close", () => finish());
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    socket.write(body);
  });
}

test("responds with the members of the spec, and an image of the requested size", async () => {
  const mock = await start({ paints: true });
  const response = await post(mock);
  expect(response.headers.get("x-request-id")).toBe("req_mock_000001");
  expect(Number(response.headers.get("openai-processing-ms"))).toBeGreaterThanOrEqual(0);
  const payload = await response.json();
  // These come only with an SVG, and with an identifier in the request.
  const {
    svg_usage: _svg,
    safety_identifier: _identifier,
    ...always
  } = bodySchemas.ImagesResponse.properties;
  expect(Object.keys(payload).toSorted()).toEqual(Object.keys(always).toSorted());
  expect(payload).toMatchObject({ size: "48x32", output_format: "png", background: "opaque" });
  expect(payload.usage.total_tokens).toBe(payload.usage.input_tokens + payload.usage.output_tokens);
  const facts = inspectImage(Buffer.from(payload.data[0].b64_json, "base64"));
  expect(facts).toMatchObject({ mediaType: "image/png", widthPx: 48, heightPx: 32 });
});

test("returns n different images", async () => {
  const payload = await (await post(await start(), { n: "3" })).json();
  expect(new Set(payload.data.map((item: { b64_json: string }) => item.b64_json)).size).toBe(3);
});

test.each([
  [[300, 200], "gpt-image-1", "1536x1024"],
  [[200, 300], "gpt-image-1", "1024x1536"],
  [[200, 210], "gpt-image-1", "1024x1024"],
  [[64, 64], "dall-e-2", "1024x1024"],
  [[400, 100], "acme-9", "1776x592"],
])("chooses for %j on %s the size %s when none is asked", async ([width = 1, height = 1], model, size) => {
  const body = editForm({ prompt: "a hat", model, image: await drawScene(width, height) });
  const headers = { authorization: "Bearer k" };
  const mock = await start();
  const payload = await (
    await fetch(`${mock.url}/v1/images/edits`, { method: "POST", body, headers })
  ).json();
  expect(payload.size).toBe(size);
});

test("rejects an image that cannot be decoded", async () => {
  const mock = await start({ render: async () => new Uint8Array([1]) });
  const real = await start({ paints: true });
  const body = () => editForm({ ...fields, image: image.slice(0, 200) });
  const headers = { authorization: "Bearer k" };
  const response = await fetch(`${real.url}/v1/images/edits`, { method: "POST", body: body(), headers });
  expect((await response.json()).error).toMatchObject({ param: "image", code: "invalid_image_file" });
  expect((await (await post(mock)).json()).data).toEqual([{ b64_json: "AQ==" }]);
});

test.each([
  ["rate-limited", 429, "rate_limit_exceeded"],
  ["quota", 429, "insufficient_quota"],
  ["moderation", 400, "moderation_blocked"],
  ["unauthorized", 401, "invalid_api_key"],
  ["model-not-found", 404, "model_not_found"],
  ["server-error", 500, "server_error"],
  ["error-200", 200, "upstream_error"],
])("plays %s: %d %s", async (scenario, status, code) => {
  const response = await post(await start(), {}, { "x-mock-scenario": scenario });
  expect(response.status).toBe(status);
  expect(response.headers.get("x-mock-scenario")).toBe(scenario);
  expect((await response.json()).error.code).toBe(code);
});

test("reports when to retry, and when not to", async () => {
  const mock = await start();
  const limited = await post(mock, {}, { "x-mock-scenario": "rate-limited" });
  expect([limited.headers.get("retry-after"), limited.headers.get("retry-after-ms")]).toEqual(["1", "50"]);
  const quota = await post(mock, {}, { "x-mock-scenario": "quota" });
  expect(quota.headers.get("x-should-retry")).toBe("false");
});

test("plays the vendor's chat completion", async () => {
  const payload = await (await post(await start({ scenario: "chat-completion" }), { n: "2" })).json();
  expect(Object.keys(payload).toSorted()).toEqual(
    Object.keys(bodySchemas.VendorChatCompletion.properties).toSorted(),
  );
  expect(payload.choices[0].message.content.match(/data:image\/png;base64,/g)).toHaveLength(2);
});

test.each(["html-524", "html-200"])("plays %s with a page", async (scenario) => {
  const response = await post(await start({ scenario }));
  expect(response.status).toBe(Number(scenario.slice(5)));
  expect(response.headers.get("content-type")).toMatch("text/html");
  expect(await response.text()).toMatch(/^<!DOCTYPE html>/);
});

test("plays url by scenario and by response_format, and serves the image until reset", async () => {
  const mock = await start();
  const first = await (await post(mock, {}, { "x-mock-scenario": "url" })).json();
  const second = await (await post(mock, { response_format: "url" })).json();
  for (const payload of [first, second]) {
    const [{ url }] = payload.data;
    expect(url).toMatch(`${mock.url}/mock/images/`);
    const served = await fetch(url);
    expect([served.status, served.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(inspectImage(new Uint8Array(await served.arrayBuffer()))).toMatchObject({ widthPx: 48 });
  }
  mock.reset();
  expect((await fetch(first.data[0].url)).status).toBe(404);
});

test("plays bad-base64, empty and wrong-type", async () => {
  const mock = await start();
  const data = async (scenario: string) =>
    (await (await post(mock, {}, { "x-mock-scenario": scenario })).json()).data;
  expect((await data("bad-base64"))[0].b64_json).toMatch(/[^A-Za-z0-9+/=]/);
  expect(await data("empty")).toEqual([]);
  const [{ b64_json }] = await data("wrong-type");
  expect(inspectImage(Buffer.from(b64_json, "base64"))).toMatchObject({ mediaType: "image/jpeg" });
});

test("streams previews and the completed image, and ignores stream on demand", async () => {
  const mock = await start();
  const streamed = await post(mock, { stream: "true", partial_images: "2" });
  expect(streamed.headers.get("content-type")).toMatch("text/event-stream");
  const events = (await streamed.text())
    .split("\n\n")
    .filter(Boolean)
    .map((event) => JSON.parse(event.split("\ndata: ")[1] ?? ""));
  expect(events.map((event) => event.partial_image_index)).toEqual([0, 1, undefined]);
  expect(Object.keys(events[0]).toSorted()).toEqual(
    Object.keys(bodySchemas.PartialImageEvent.properties).toSorted(),
  );
  const { url: _, ...completed } = bodySchemas.CompletedEvent.properties;
  expect(Object.keys(events[2]).toSorted()).toEqual(Object.keys(completed).toSorted());
  expect(new Set(events.map((event) => event.b64_json)).size).toBe(3);
  const json = await post(mock, { stream: "true" }, { "x-mock-scenario": "stream-as-json" });
  expect((await json.json()).data).toHaveLength(1);
});

test("resets the connection before a byte of the response", async () => {
  const mock = await start();
  const { text, error } = await postRaw(mock, "reset");
  expect(text).toBe("");
  expect(error).toBe("ECONNRESET");
  await expect.poll(() => mock.requests[0]).toMatchObject({ aborted: true, done: true });
  expect(mock.requests[0]).not.toHaveProperty("status");
});

test("truncates: half of the promised bytes arrive", async () => {
  const { text } = await postRaw(await start(), "truncated");
  const promised = Number(/content-length: (\d+)/i.exec(text)?.[1]);
  const arrived = text.length - text.indexOf("\r\n\r\n") - 4;
  expect(arrived).toBe(Math.floor(promised / 2));
});

test("cuts a stream after its previews, without the closing chunk", async () => {
  const { text } = await postRaw(await start(), "stream-cut", { stream: "true", partial_images: "2" });
  expect(text.match(/event: \S+/g)).toEqual(Array(2).fill("event: image_edit.partial_image"));
  expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
});

test("drips slowly, chunked", async () => {
  const { text } = await postRaw(await start({ latencyMs: 1 }), "slow");
  expect(text).toMatch(/transfer-encoding: chunked/i);
  expect(text).toMatch(/\r\n0\r\n\r\n$/);
});

test("hangs until the client disconnects, and logs that", async () => {
  const mock = await start({ scenario: "hang" });
  const controller = new AbortController();
  const body = editForm({ ...fields, image: image });
  const waiting = fetch(`${mock.url}/v1/images/edits`, {
    method: "POST",
    body,
    headers: { authorization: "Bearer k" },
    signal: controller.signal,
  });
  await expect.poll(() => mock.requests[0]?.scenario).toBe("hang");
  expect(mock.requests[0]?.done).toBe(false);
  controller.abort();
  await expect(waiting).rejects.toThrow();
  await expect.poll(() => mock.requests[0]).toMatchObject({ aborted: true, done: true });
});

test("closes immediately while a scenario hangs", async () => {
  const mock = await start({ scenario: "hang" });
  const waiting = post(mock).catch(() => "broken off");
  await expect.poll(() => mock.requests[0]?.scenario).toBe("hang");
  await mock.close();
  expect(await waiting).toBe("broken off");
});

test("detects a client that disconnects during latency", async () => {
  const mock = await start({ latencyMs: 60_000 });
  const controller = new AbortController();
  const waiting = fetch(`${mock.url}/v1/images/edits`, {
    method: "POST",
    body: editForm({ ...fields, image: image }),
    headers: { authorization: "Bearer k" },
    signal: controller.signal,
  });
  await expect.poll(() => mock.requests[0]?.scenario).toBe("ok");
  controller.abort();
  await expect(waiting).rejects.toThrow();
  await expect.poll(() => mock.requests[0]).toMatchObject({ aborted: true, done: true });
});

test("follows a script, by option, header and query, and starts over on reset", async () => {
  const mock = await start({ scenario: "rate-limited x2, then ok" });
  const statuses = async (count: number, headers = {}, query = "") => {
    const seen: number[] = [];
    for (let turn = 0; turn < count; turn += 1) seen.push((await post(mock, {}, headers, query)).status);
    return seen;
  };
  expect(await statuses(4)).toEqual([429, 429, 200, 200]);
  mock.reset();
  expect(mock.requests).toEqual([]);
  expect(await statuses(3)).toEqual([429, 429, 200]);
  expect(await statuses(3, { "x-mock-scenario": "server-error, ok" })).toEqual([500, 200, 200]);
  expect(await statuses(2, {}, "?scenario=moderation,then ok")).toEqual([400, 200]);
});

test("refuses an unknown scenario", async () => {
  await expect(startMockServer({ scenario: "okay" })).rejects.toThrow(scenarioNames.join(", "));
  const response = await post(await start(), {}, { "x-mock-scenario": "okay" });
  expect((await response.json()).error).toMatchObject({ code: "unknown_scenario" });
});

test("logs the parsed form, without showing key or prompt in its line", async () => {
  const lines: string[] = [];
  const mock = await start({ log: (line) => lines.push(line), keepBytes: true });
  const body = editForm({
    ...fields,
    image: image,
    mask: await drawMask(64, 48, { left: 1, top: 1, width: 5, height: 5 }),
  });
  await fetch(`${mock.url}/v1/images/edits`, {
    method: "POST",
    body,
    headers: { authorization: "Bearer sk-secret" },
  });
  await expect.poll(() => lines).toHaveLength(1);
  const [entry] = mock.requests;
  expect(entry).toMatchObject({
    method: "POST",
    path: "/v1/images/edits",
    status: 200,
    model: "acme-9",
    aborted: false,
  });
  expect(entry?.headers["authorization"]).toBe("Bearer sk-secret");
  expect(entry?.parts.map((part) => [part.name, part.value ?? part.contentType])).toEqual([
    ["prompt", "a hat"],
    ["model", "acme-9"],
    ["size", "48x32"],
    ["image", "image/png"],
    ["mask", "image/png"],
  ]);
  expect(entry?.parts[3]?.sha256).toBe(createHash("sha256").update(image).digest("hex"));
  expect(Buffer.from(entry?.parts[3]?.bytes ?? []).equals(image)).toBe(true);
  expect(lines[0]).toMatch(/^POST \/v1\/images\/edits 200 ok acme-9 2 files/);
  expect(lines[0]).not.toMatch(/secret|a hat/);
});

test("responds to CORS preflights by name, and lets pages read the headers", async () => {
  const mock = await start();
  const preflight = await fetch(`${mock.url}/v1/images/edits`, { method: "OPTIONS" });
  expect(preflight.status).toBe(204);
  const allowed = preflight.headers.get("access-control-allow-headers")?.split(", ");
  expect(allowed).toEqual(["authorization", "content-type", "x-mock-scenario"]);
  const response = await post(mock);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("access-control-expose-headers")).toMatch("x-request-id");
  expect(mock.requests.map((entry) => entry.method)).toEqual(["POST"]);
  const closed = await start({ corsOrigin: false });
  expect((await post(closed)).headers.has("access-control-allow-origin")).toBe(false);
});

test("keeps connections alive, and sends chunked responses in chunks when requested", async () => {
  const mock = await start({ chunkBytes: 7 });
  const response = await post(mock);
  expect(response.headers.has("content-length")).toBe(false);
  expect((await response.json()).data).toHaveLength(1);
  expect(response.headers.get("connection")).toBe("keep-alive");
});

test("survives a request with an invalid URL and a truncated one", async () => {
  const mock = await start();
  const status = await new Promise((resolve) => {
    request({ port: mock.port, path: "//", host: "127.0.0.1" }, (response) =>
      resolve(response.statusCode),
    ).end();
  });
  expect(status).toBe(404);
  const socket = connect(mock.port, "127.0.0.1");
  socket.write("POST /v1/images/edits HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf");
  await expect.poll(() => mock.requests.at(-1)?.method).toBe("POST");
  socket.destroy();
  await expect.poll(() => mock.requests.at(-1)).toMatchObject({ aborted: true, done: true });
  expect((await post(mock)).status).toBe(200);
});

test("edits in the asked format", async () => {
  const mock = await start({ paints: true });
  const payload = await (await post(mock, { output_format: "webp", output_compression: "50" })).json();
  const { format } = await sharp(Buffer.from(payload.data[0].b64_json, "base64")).metadata();
  expect([format, payload.output_format]).toEqual(["webp", "webp"]);
});
