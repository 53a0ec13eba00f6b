import { openAsBlob } from "node:fs";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createImageClient } from "./create-image-client.ts";
import {
  isHttpError,
  isInvalidInputError,
  isInvalidResponseError,
  isRetouchError,
  isTimeoutError,
} from "./errors/errors.ts";
import { maskOf, sampleImage } from "./fixtures/images.ts";
import { pngChunk } from "./fixtures/make-png.ts";
import { type EditServer, sendJson, startEditServer } from "./fixtures/start-edit-server.ts";
import type { ImageClientOptions, RetryEvent } from "./options.ts";

const servers: EditServer[] = [];
async function start(...script: Parameters<typeof startEditServer>): Promise<EditServer> {
  const server = await startEditServer(...script);
  servers.push(server);
  return server;
}
/** Lets a server end a call's time limit. Other timers run in real time. */
function controlTimers(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const b64_json = Buffer.from(sampleImage()).toString("base64");
const success = {
  created: 1,
  data: [{ b64_json }],
  usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
};
const params = { model: "gpt-image-1", image: sampleImage(), prompt: "A red hat" } as const;

function clientOf(server: EditServer, options: ImageClientOptions = {}) {
  return createImageClient({ apiKey: "sk-test-key-0123", baseUrl: server.url, ...options });
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable("it resolves"),
    (error: unknown) => error,
  );
}

describe(createImageClient, () => {
  it("sends text, images in order, then the mask, and reads the result", async () => {
    const server = await start((response) => sendJson(response, 200, success, { "x-request-id": "req_1" }));
    const result = await clientOf(server).edit({
      ...params,
      image: [sampleImage(), sampleImage(4, 4)],
      mask: maskOf(),
      n: 1,
    });
    expect(result.requestId).toBe("req_1");
    expect(result.usage).toMatchObject({ inputTokens: 1, outputTokens: 2, totalTokens: 3 });
    expect(result.warnings).toEqual([]);
    const [image] = result.images;
    expect(await image?.bytes()).toEqual(sampleImage());
    expect(image).toMatchObject({ mediaType: "image/png", width: 8, height: 8 });
    expect(await image?.dataUrl()).toBe(`data:image/png;base64,${b64_json}`);
    expect((await image?.blob())?.type).toBe("image/png");
    const [edit] = server.received;
    expect(edit).toMatchObject({ method: "POST", url: "/v1/images/edits" });
    expect(edit?.headers.authorization).toBe("Bearer sk-test-key-0123");
    expect(Number(edit?.headers["content-length"])).toBe(edit?.body.length);
    const names = [...(edit?.body.toString("latin1").matchAll(/; name="([^"]+)"/g) ?? [])].map(
      (match) => match[1],
    );
    expect(names).toEqual(["prompt", "model", "n", "image[]", "image[]", "mask"]);
  });

  it("sends markup and the files of `extra` as files, and nested fields by their flat names", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    await clientOf(server).edit({
      model: "gpt-image-2.5-flare",
      image: sampleImage(),
      prompt: "A red hat",
      output_format: "svg",
      markup: maskOf(8, 8, 128),
      svg: { reasoning: { effort: "low" } },
      extra: { depth: new Blob([sampleImage(2, 2)]), style: "oil" },
    });
    const [edit] = server.received;
    const form = await new Response(Uint8Array.from(edit?.body ?? []), {
      headers: { "content-type": edit?.headers["content-type"] ?? "" },
    }).formData();
    expect([...form.keys()]).toEqual([
      "prompt",
      "model",
      "output_format",
      "svg[reasoning][effort]",
      "style",
      "image",
      "markup",
      "depth",
    ]);
    expect(form.get("svg[reasoning][effort]")).toBe("low");
    const bytesOf = async (name: string) => new Uint8Array(await (form.get(name) as File).arrayBuffer());
    expect(await bytesOf("markup")).toEqual(maskOf(8, 8, 128));
    expect(await bytesOf("depth")).toEqual(sampleImage(2, 2));
    const { name, type } = form.get("markup") as File;
    expect([name, type]).toEqual(["markup.png", "image/png"]);
  });

  it("takes nested fields under their flat names too, and rejects duplicates and unknown ones", async () => {
    const client = createImageClient({ apiKey: "sk-test", baseUrl: "http://127.0.0.1:9" });
    const codesOf = async (fields: object) => {
      const given = {
        model: "gpt-image-2.5-flare",
        image: sampleImage(),
        prompt: "A hat",
        output_format: "svg",
      };
      const { problems } = await client.check({ ...given, ...fields } as never);
      const errors = problems.filter(({ severity }) => severity === "error");
      return errors.map(({ field, code }) => `${field} ${code}`);
    };
    expect(await codesOf({ "svg[reasoning][effort]": "low" })).toEqual([]);
    expect(await codesOf({ svg: {} })).toEqual([]);
    expect(await codesOf({ svg: { reasoning: { effort: "odd" } } })).toEqual([
      "svg[reasoning][effort] not_allowed",
    ]);
    expect(await codesOf({ svg: { modle: "x" } })).toEqual(["svg[modle] unknown_field"]);
    expect(await codesOf({ svg: { model: "x" }, "svg[model]": "y" })).toEqual(["svg wrong_type"]);
    expect(await codesOf({ svg: "x" })).toEqual(["svg wrong_type"]);
  });

  it("reports `not-sent` and does not retry when a file shrinks while it is sent", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    const directory = await mkdtemp(join(tmpdir(), "retouch-shrinks-"));
    const file = join(directory, "big.png");
    const small = sampleImage();
    const comment = pngChunk("tEXt", new Uint8Array(3_000_000));
    await writeFile(file, Buffer.concat([small.subarray(0, 33), comment, small.subarray(33)]));
    const onRequest = vi.fn(() => truncate(file, 1_000_000));
    const edited = clientOf(server, { onRequest }).edit({ ...params, image: await openAsBlob(file) });
    const failure = await failureOf(edited);
    await rm(directory, { recursive: true });
    expect(failure).toMatchObject({
      outcome: "not-sent",
      problems: [{ field: "image", code: "file_unreadable" }],
    });
    expect(onRequest).toHaveBeenCalledTimes(1);
  });

  it("rejects a hole in an array of images", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    // biome-ignore lint/suspicious/noSparseArray: the hole is the test's input
    const edited = clientOf(server).edit({ ...params, image: [sampleImage(), , sampleImage()] as never });
    await expect(edited).rejects.toMatchObject({ problems: [{ field: "image[1]" }] });
    expect(server.received).toEqual([]);
  });

  it("sends the parameters as they were when it was called", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    const changing = { ...params, prompt: "A red hat" };
    const client = clientOf(server);
    const edited = client.edit(changing);
    changing.prompt = "x".repeat(40_000);
    await edited;
    expect(server.received[0]?.body.toString("latin1")).toContain("A red hat");
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "prompt"],
    ["an object without a prototype", Object.create(null)],
  ])("rejects %s as parameters, and sends nothing", async (_, given) => {
    const server = await start((response) => sendJson(response, 200, success));
    expect(isInvalidInputError(await failureOf(clientOf(server).edit(given as never)))).toBe(true);
    expect(server.received).toEqual([]);
  });

  it("leaves no timer behind when reading the parameters throws", async () => {
    vi.useFakeTimers();
    try {
      const reason = new Error("a getter's own");
      const throwing = Object.defineProperty({}, "prompt", {
        enumerable: true,
        get() {
          throw reason;
        },
      });
      const client = createImageClient({ apiKey: "sk-test-key-0123" });
      expect(await failureOf(client.edit(throwing as never))).toBe(reason);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("keeps a damaged image that came with an intact one", async () => {
    const damaged = `${b64_json.repeat(200)}*`;
    const payload = { data: [{ b64_json }, { b64_json: damaged }] };
    const server = await start((response) => sendJson(response, 200, payload));
    const result = await clientOf(server).edit({ ...params, n: 2 });
    expect(result.images).toHaveLength(1);
    expect(result.warnings.map(({ code }) => code)).toContain("bad_base64");
    expect(Buffer.from((await result.rawBody?.()) ?? []).toString()).toBe(JSON.stringify(payload));
    expect(JSON.stringify(result)).not.toContain(damaged);
  });

  it("sends 0 and false, but no empty value", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    await clientOf(server).edit({
      ...params,
      model: "acme-9",
      seed: 0,
      prompt_upsampling: false,
      user: "",
      size: undefined,
      extra: { style: "", depth: 0, nothing: null },
    });
    const body = server.received[0]?.body.toString("latin1") ?? "";
    const names = [...body.matchAll(/; name="([^"]+)"/g)].map((match) => match[1]);
    expect(names).toEqual(["prompt", "model", "seed", "prompt_upsampling", "depth", "image"]);
  });

  it("sends nothing when preflight finds errors, and reports all of them", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    const bad = {
      ...params,
      image: new TextEncoder().encode("not an image"),
      prompt: "",
      n: 11,
      size: "9x9",
      qualty: "high",
    };
    const error = await failureOf(clientOf(server).edit(bad as never));
    expect(isInvalidInputError(error) && error.problems.map(({ field }) => field)).toEqual([
      "image",
      "prompt",
      "n",
      "size",
      "qualty",
    ]);
    expect(isRetouchError(error) && error.outcome).toBe("not-sent");
    expect(server.received).toHaveLength(0);
  });

  it("checks without sending", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    const report = await clientOf(server).check({ ...params, mask: maskOf(4, 4) });
    expect(report.ok).toBe(false);
    expect(report.problems).toMatchObject([{ field: "mask", code: "wrong_size" }]);
    expect(await clientOf(server).check(params)).toEqual({ ok: true, problems: [] });
    expect(server.received).toHaveLength(0);
  });

  it("returns warnings with the result", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    const image = maskOf();
    const { warnings } = await clientOf(server).edit({ ...params, image, mask: maskOf(8, 8, 0).slice() });
    expect(warnings).toEqual([]);
    const soft = await clientOf(server).check({ ...params, mask: maskOf(8, 8, 9) });
    expect(soft.problems.map(({ code }) => code)).toEqual(["opaque", "soft_alpha"]);
  });

  it("retries a 429 and nothing else", async () => {
    const retries: RetryEvent[] = [];
    const server = await start((response, _, count) =>
      count === 1
        ? sendJson(
            response,
            429,
            { error: { message: "Slow", code: "rate_limit_exceeded" } },
            { "retry-after-ms": "1" },
          )
        : sendJson(response, 200, success),
    );
    await clientOf(server, { onRetry: (event) => void retries.push(event) }).edit(params);
    expect(server.received).toHaveLength(2);
    expect(server.received[1]?.body).toEqual(server.received[0]?.body);
    expect(retries).toMatchObject([
      { attempt: 1, delayMs: 1, status: 429, code: "rate_limit_exceeded", outcome: "rejected" },
    ]);
  });

  it.each([
    [500, {}, "unknown"],
    [502, { "retry-after": "0", "x-should-retry": "true" }, "unknown"],
    [524, {}, "unknown"],
    [400, {}, "rejected"],
    [409, { "x-should-retry": "true" }, "rejected"],
    [429, { "x-should-retry": "false" }, "rejected"],
    [429, { "retry-after": "3600" }, "rejected"],
  ] as const)("posts once when the status is %i with the headers %o", async (status, headers, outcome) => {
    const server = await start((response) =>
      sendJson(response, status, { error: { message: "No" } }, headers),
    );
    const error = await failureOf(clientOf(server, { timeoutMs: 60_000 }).edit(params));
    expect(isHttpError(error) && [error.status, error.outcome]).toEqual([status, outcome]);
    expect(server.received).toHaveLength(1);
  });

  it("keeps the code and the beginning of the server's message, however long it is", async () => {
    const message = "No. ".repeat(50_000);
    const server = await start((response) =>
      sendJson(response, 400, { error: { message, code: "bad_hat" } }),
    );
    const error = await failureOf(clientOf(server).edit(params));
    expect(isHttpError(error) && [error.code, error.serverMessage?.length]).toEqual(["bad_hat", 300]);
  });

  it("sends no query and no header that is undefined", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    const unset = { "x-tenant": undefined } as never;
    await clientOf(server, { query: { ...(unset as object), a: "1" }, headers: unset }).edit(params);
    const [edit] = server.received;
    expect(edit?.url).toBe("/v1/images/edits?a=1");
    expect(edit?.headers).not.toHaveProperty("x-tenant");
  });

  it("treats `null` as no options", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    const client = clientOf(server);
    expect((await client.edit(params, null as never)).images).toHaveLength(1);
    expect((await client.check(params, null as never)).ok).toBe(true);
    for await (const event of client.stream(params, null as never)) expect(event.type).toBe("completed");
  });

  it("stops immediately when the wait would pass the deadline, and reports how long it is", async () => {
    const server = await start((response) => sendJson(response, 429, {}, { "retry-after": "3600" }));
    const error = await failureOf(clientOf(server).edit(params, { timeoutMs: 30_000 }));
    expect(isHttpError(error) && error.retryAfterMs).toBe(3_600_000);
    expect(String(error)).toContain("Retry after 3600 s.");
  });

  it("sends one idempotency key with every attempt, and returns it on the error", async () => {
    const server = await start((response) => sendJson(response, 429, {}, { "retry-after-ms": "0" }));
    const error = await failureOf(clientOf(server).edit(params, { idempotencyKey: "row-7", maxRetries: 1 }));
    expect(server.received.map(({ headers }) => headers["idempotency-key"])).toEqual(["row-7", "row-7"]);
    expect(isRetouchError(error) && error.idempotencyKey).toBe("row-7");
    await failureOf(clientOf(server, { maxRetries: 0 }).edit(params));
    expect(server.received[2]?.headers).not.toHaveProperty("idempotency-key");
  });

  it.each([
    ["an error", { error: { message: "Upstream failed", code: "upstream" } }, "upstream"],
    ["no image", { created: 1, data: [] }, "no_image"],
    ["empty strings", { data: [{ b64_json: "", url: "", revised_prompt: "" }] }, "no_image"],
  ])("keeps the body of a success that holds %s, because it was billed", async (_, body, code) => {
    const server = await start((response) => sendJson(response, 200, body));
    const error = await failureOf(clientOf(server).edit(params));
    expect(isInvalidResponseError(error) && [error.outcome, error.code]).toEqual(["unknown", code]);
    const raw = isRetouchError(error) ? await error.rawBody() : undefined;
    expect(JSON.parse(Buffer.from(raw ?? []).toString())).toEqual(body);
    expect(server.received).toHaveLength(1);
  });

  it("throws a user's abort reason unchanged, while waiting for a response and between attempts", async () => {
    const server = await start(() => controller.abort(reason));
    const reason = new Error("the user left");
    let controller = new AbortController();
    expect(await failureOf(clientOf(server).edit(params, { signal: controller.signal }))).toBe(reason);
    const busy = await start((response) => sendJson(response, 429, {}, { "retry-after": "60" }));
    controller = new AbortController();
    const client = clientOf(busy, { onRetry: () => controller.abort(reason) });
    expect(await failureOf(client.edit(params, { signal: controller.signal }))).toBe(reason);
    expect(busy.received).toHaveLength(1);
    expect(await failureOf(client.edit(params, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  it("reports the outcome `unknown` when time is up after the form was sent", async () => {
    controlTimers();
    const server = await start(() => vi.advanceTimersByTime(60_000));
    const error = await failureOf(clientOf(server).edit(params, { timeoutMs: 60_000 }));
    expect(isTimeoutError(error) && error.outcome).toBe("unknown");
    expect(String(error)).toContain("Raise `timeoutMs`");
  });

  it("does not report an earlier attempt's request id for one that got no response", async () => {
    controlTimers();
    const server = await start((response, _, count) => {
      if (count === 1) sendJson(response, 429, {}, { "retry-after-ms": "0", "x-request-id": "req_1" });
      else vi.advanceTimersByTime(60_000);
    });
    const error = await failureOf(clientOf(server).edit(params, { timeoutMs: 60_000 }));
    expect(isTimeoutError(error) && [error.outcome, error.requestId]).toEqual(["unknown", undefined]);
    expect(server.received).toHaveLength(2);
  });

  it("keeps its deadline when `fetch` or a key function ignores the signal", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    // Time is up once it was called.
    const never = () => new Promise<never>(() => void setImmediate(() => vi.advanceTimersByTime(60_000)));
    const client = createImageClient({ apiKey: "sk-test-key-0123", fetch: never, timeoutMs: 60_000 });
    expect(await failureOf(client.edit(params))).toMatchObject({ name: "TimeoutError", outcome: "unknown" });
    const keyless = createImageClient({ apiKey: never, fetch: never, timeoutMs: 60_000 });
    expect(await failureOf(keyless.edit(params))).toMatchObject({
      name: "TimeoutError",
      outcome: "not-sent",
    });
  });

  it("awaits onRequest before the first byte is sent, and sends nothing when it throws", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    const order: string[] = [];
    const client = clientOf(server, {
      async onRequest({ attempt, model, byteLength }) {
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${attempt} ${model} ${server.received.length} ${byteLength > 0}`);
      },
    });
    await client.edit(params, { onRequest: ({ attempt }) => void order.push(`call ${attempt}`) });
    expect(order).toEqual(["1 gpt-image-1 0 true", "call 1"]);
    const full = new Error("disk full");
    const stopping = clientOf(server, { onRequest: () => Promise.reject(full) });
    expect(await failureOf(stopping.edit(params))).toBe(full);
    const onRequest = () => Promise.reject(full);
    expect(await failureOf(clientOf(server).edit(params, { onRequest }))).toBe(full);
    expect(server.received).toHaveLength(1);
  });

  it("keeps a billed response when other hooks throw or reject", async () => {
    const server = await start((response, _, count) =>
      count === 1 ? sendJson(response, 429, {}, { "retry-after-ms": "0" }) : sendJson(response, 200, success),
    );
    const broken = () => {
      throw new Error("hook");
    };
    const client = clientOf(server, { onResponse: async () => broken(), onRetry: broken });
    const { images } = await client.edit(params, { onUploadProgress: broken });
    expect(images).toHaveLength(1);
  });

  it("streams events, and edit resolves with the result of a stream", async () => {
    const server = await start((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const partial = JSON.stringify({ type: "image_edit.partial_image", partial_image_index: 0, b64_json });
      const completed = JSON.stringify({ type: "image_edit.completed", b64_json, usage: success.usage });
      response.end(
        `event: image_edit.partial_image\ndata: ${partial}\n\nevent: image_edit.completed\ndata: ${completed}\n\n`,
      );
    });
    const types: string[] = [];
    for await (const event of clientOf(server).stream({ ...params, partial_images: 1 }))
      types.push(event.type);
    expect(types).toEqual(["partial", "completed"]);
    expect(server.received[0]?.body.toString("latin1")).toContain('name="stream"\r\n\r\ntrue');
    const { usage } = await clientOf(server).edit({ ...params, stream: true });
    expect(usage?.totalTokens).toBe(3);
    const unasked = await clientOf(server).edit(params);
    expect(unasked.images).toHaveLength(1);
  });

  it("downloads a result URL lazily and without the key", async () => {
    const server = await start((response, edit) => {
      if (edit.method === "GET") response.end(sampleImage());
      else sendJson(response, 200, { data: [{ url: `${server.url}/files/1.png?sig=SECRET` }] });
    });
    const { images } = await clientOf(server).edit({ ...params, model: "flux-kontext-pro" });
    const [image] = images;
    expect(server.received).toHaveLength(1);
    expect(image?.expiresAt).toBeInstanceOf(Date);
    expect(image?.mediaType).toBeUndefined();
    expect(await image?.bytes()).toEqual(sampleImage());
    expect(await image?.blob()).toMatchObject({ type: "image/png" });
    expect(image).toMatchObject({ mediaType: "image/png", width: 8 });
    expect(server.received).toHaveLength(2);
    expect(server.received[1]?.headers).not.toHaveProperty("authorization");
  });

  it("reads nothing for a signal that is already aborted", async () => {
    const server = await start((response) => sendJson(response, 200, success));
    const [image] = (await clientOf(server).edit(params)).images;
    await expect(image?.bytes({ signal: AbortSignal.abort("stop") })).rejects.toBe("stop");
    expect(await image?.blob({ signal: new AbortController().signal })).toMatchObject({ type: "image/png" });
  });

  it("sends none of the client's headers when a result URL redirects to another origin", async () => {
    const cdn = await start((response) => response.end(sampleImage()));
    const server = await start((response, { method }) => {
      if (method === "POST") sendJson(response, 200, { data: [{ url: `${server.url}/1.png?sig=SECRET` }] });
      else
        response
          .writeHead(302, {
            location: "https://cdn.example/2.png",
            "set-cookie": "a=1",
            "referrer-policy": "unsafe-url",
          })
          .end();
    });
    const client = clientOf(server, {
      headers: { "x-team": "SECRET" },
      query: { team: "SECRET" },
      fetch: (input, init) => fetch(String(input).replace("https://cdn.example", cdn.url), init),
    });
    const { images } = await client.edit({ ...params, model: "flux-kontext-pro" });
    expect(await images[0]?.bytes()).toEqual(sampleImage());
    const [hop] = cdn.received;
    expect(hop).toMatchObject({ method: "GET", url: "/2.png" });
    for (const name of ["authorization", "cookie", "referer", "x-team"])
      expect(hop?.headers).not.toHaveProperty(name);
    expect(JSON.stringify(hop?.headers)).not.toMatch(/SECRET|sk-test/);
  });

  it.each([
    "http://example.com/a.png",
    "https://127.0.0.1/a.png",
    "https://10.1.2.3/a.png",
    "https://192.168.0.1/a.png",
    "https://[::1]/a.png",
    "https://[fd00::1]/a.png",
    "https://[::ffff:10.0.0.1]/a.png",
    "https://metadata.google.internal/a.png",
    "ftp://example.com/a.png",
    "https://user:pass@example.com/a.png",
  ])("rejects to download %s, which stays in the image's `url`", async (url) => {
    const server = await start((response) => sendJson(response, 200, { data: [{ url }] }));
    const { images } = await clientOf(server).edit({ ...params, model: "acme-9" });
    expect(images[0]?.url).toBe(url);
    const error = await failureOf(images[0]?.bytes() ?? Promise.resolve());
    expect(error).toMatchObject({ outcome: "unknown", code: "result_url_refused" });
    expect(JSON.stringify(error)).not.toContain("a.png");
  });
});
