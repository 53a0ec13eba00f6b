import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MockServer, startMockServer } from "../server.ts";
import { drawScene } from "../testing/draw-scene.ts";
import { editForm } from "../testing/edit-form.ts";

let mock: MockServer;
let image: Uint8Array;
beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
  image = await drawScene(64, 64);
});
afterAll(() => mock.close());

async function post(fields: Record<string, string>, headers: Record<string, string> = {}) {
  const body = editForm({ prompt: "a hat", model: "acme-9", size: "48x32", ...fields, image });
  return fetch(`${mock.url}/v1/images/edits`, {
    method: "POST",
    body,
    headers: { authorization: "Bearer k", ...headers },
  });
}

const bytesOf = (item: { b64_json: string }) => Buffer.from(item.b64_json, "base64");

test.each([
  ["gif", "image/gif"],
  ["svg", "image/svg+xml"],
])("responds with %s in data, events, URLs and chats", async (format, mediaType) => {
  const json = await (await post({ output_format: format })).json();
  expect(json).toMatchObject({ output_format: format, size: "48x32" });
  expect(await sharp(bytesOf(json.data[0])).metadata()).toMatchObject({ format, width: 48 });

  const events = await (await post({ output_format: format, stream: "true", partial_images: "1" })).text();
  const [preview, completed] = events.split("\n\n").map((event) => event.split("\ndata: ")[1] ?? "{}");
  for (const event of [preview, completed].map((text) => JSON.parse(text ?? ""))) {
    expect(event).toMatchObject({ output_format: format });
    expect(await sharp(bytesOf(event)).metadata()).toMatchObject({ format });
  }

  const { data } = await (await post({ output_format: format, response_format: "url" })).json();
  const served = await fetch(data[0].url);
  expect(data[0].url.endsWith(`.${format}`)).toBe(true);
  expect(served.headers.get("content-type")).toBe(mediaType);

  const chat = await (await post({ output_format: format }, { "x-mock-scenario": "chat-completion" })).json();
  expect(chat.choices[0].message.content).toContain(`(data:${mediaType};base64,`);
});

test("animates 9 frames of 200 ms unless asked otherwise", async () => {
  const usual = await (await post({ output_format: "gif" })).json();
  expect(await sharp(bytesOf(usual.data[0])).metadata()).toMatchObject({
    pages: 9,
    delay: Array.from({ length: 9 }, () => 200),
  });
  const asked = await (
    await post({ output_format: "gif", frame_count: "2", frame_duration_ms: "94" })
  ).json();
  expect(await sharp(bytesOf(asked.data[0])).metadata()).toMatchObject({ pages: 2, delay: [90, 90] });
});

test.each([
  [undefined, "960x960"],
  ["12", "816x816"],
  ["16", "720x720"],
])("chooses for %s frames a size of %s, whose sheet the model can draw", async (count, size) => {
  const fields = { model: "gpt-image-2.6-flare", output_format: "gif", size: "auto" };
  const json = await (await post(count === undefined ? fields : { ...fields, frame_count: count })).json();
  expect(json.size).toBe(size);
});

test("counts the tokens of writing an SVG apart, for the model that was chosen", async () => {
  const plain = await (await post({ output_format: "png" })).json();
  expect(plain).not.toHaveProperty("svg_usage");
  const fields = {
    model: "gpt-image-2.6-flare",
    output_format: "svg",
    size: "auto",
    "svg[model]": "acme-svg",
  };
  const { svg_usage: usage } = await (await post(fields)).json();
  expect(usage.model).toBe("acme-svg");
  expect(usage.reasoning_tokens).toBeGreaterThan(0);
  expect(usage.total_tokens).toBe(usage.input_tokens + usage.output_tokens);
  const hasty = await (await post({ ...fields, "svg[reasoning][effort]": "none" })).json();
  expect(hasty.svg_usage.reasoning_tokens).toBe(0);
});

test.each([
  [{ safety_identifier: "5f2c", user: "user-1" }, "5f2c"],
  [{ safety_identifier: "", user: "user-1" }, "user-1"],
  [{}, undefined],
])("responds to %j with the identifier %s", async (fields, identifier) => {
  const json = await (await post({ model: "gpt-image-2", size: "auto", ...fields })).json();
  expect(json.safety_identifier).toBe(identifier);
});
