import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { families } from "../generated/spec.gen.ts";
import { type MockServer, startMockServer } from "../server.ts";
import { drawMask, drawScene } from "../testing/draw-scene.ts";
import { editForm, fileOf } from "../testing/edit-form.ts";

let mock: MockServer;
let sampleImage: Uint8Array;
beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
  sampleImage = await drawScene(64, 48);
});
beforeEach(() => mock.reset());
afterAll(() => mock.close());

async function post(body: BodyInit, headers: Record<string, string> = { authorization: "Bearer sk-mock" }) {
  const response = await fetch(`${mock.url}/v1/images/edits`, { method: "POST", body, headers });
  return { status: response.status, error: ((await response.json()) as { error?: object }).error };
}

const good = { prompt: "a hat", model: "gpt-image-1" };
const hole = { left: 8, top: 8, width: 16, height: 16 };

test.each([
  ["n=99", { n: "99" }, "n", "integer_above_max_value"],
  ["n=0", { n: "0" }, "n", "integer_below_min_value"],
  ["n=abc", { n: "abc" }, "n", "invalid_type"],
  ["n=0x5, digits only", { n: "0x5" }, "n", "invalid_type"],
  ["n=1e0, digits only", { n: "1e0" }, "n", "invalid_type"],
  ["n with a space, digits only", { n: " 5" }, "n", "invalid_type"],
  ["an impossible size", { size: "123x456" }, "size", "invalid_value"],
  ["response_format on gpt-image-1", { response_format: "url" }, "response_format", "unknown_parameter"],
  ["a quality of another model", { quality: "hd" }, "quality", "invalid_value"],
  ["an empty prompt", { prompt: "" }, "prompt", "string_below_min_length"],
  ["a prompt of 32001 characters", { prompt: "🐈".repeat(32_001) }, "prompt", "string_above_max_length"],
  ["transparent jpeg", { background: "transparent", output_format: "jpeg" }, "background", "invalid_value"],
  ["stream=yes", { stream: "yes" }, "stream", "invalid_type"],
  [
    "a size off the grid of gpt-image-2",
    { model: "gpt-image-2", size: "1000x1000" },
    "size",
    "invalid_value",
  ],
])("refuses %s with 400 and the field's name", async (_, fields, param, code) => {
  const { status, error } = await post(editForm({ ...good, ...fields, image: sampleImage }));
  expect(status).toBe(400);
  expect(error).toMatchObject({ param, code, type: "invalid_request_error", message: expect.any(String) });
  expect(mock.requests.at(-1)).toMatchObject({ status: 400, code, param });
});

test.each([
  ["a prompt of 32000 code points", { prompt: "🐈".repeat(32_000) }],
  ["n=10", { n: "10" }],
  ["a warning of the matrix", { model: "gpt-image-1-all", size: "123x456", quality: "hd" }],
  ["an unknown model with unknown fields", { model: "acme-9", sparkle: "high", response_format: "url" }],
  ["a free size of gpt-image-2", { model: "gpt-image-2", size: "1024x640" }],
  ["url where the model allows it", { model: "flux-kontext-pro", response_format: "url" }],
])("accepts %s", async (_, fields) => {
  expect(await post(editForm({ ...good, ...fields, image: sampleImage }))).toMatchObject({ status: 200 });
});

test("logs the names of fields that are not in the spec", async () => {
  await post(editForm({ ...good, sparkle: "high", image: sampleImage }));
  expect(mock.requests[0]?.unknownFields).toEqual(["sparkle"]);
});

test("accepts a form without a model, parts in any order, one `image[]`", async () => {
  const form = new FormData();
  form.append("image[]", fileOf(sampleImage, "a"));
  form.append("prompt", "a hat");
  expect((await post(form)).status).toBe(200);
});

test("checks the key before anything else, and reads the form all the same", async () => {
  expect(await post(editForm({}), {})).toMatchObject({ status: 401, error: { code: "invalid_api_key" } });
  expect((await post("no form", {})).status).toBe(401);
  expect((await post(editForm({ prompt: "x" }), { authorization: "Bearer " })).status).toBe(401);
  expect(mock.requests[2]?.parts).toMatchObject([{ name: "prompt", value: "x" }]);
});

test("lets only the given key pass", async () => {
  const strict = await startMockServer({ apiKey: "sk-right", render: "drawn" });
  const status = async (key: string) => {
    const body = editForm({ ...good, image: sampleImage });
    const headers = { authorization: `Bearer ${key}` };
    return (await fetch(`${strict.url}/v1/images/edits`, { method: "POST", body, headers })).status;
  };
  expect([await status("sk-wrong"), await status("sk-right")]).toEqual([401, 200]);
  await strict.close();
});

test.each([
  ["JSON", JSON.stringify(good), "application/json"],
  ["no boundary", "--x--", "multipart/form-data"],
  [
    "a cut form",
    '--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na ha',
    "multipart/form-data; boundary=x",
  ],
])("refuses %s with 400", async (_, body, contentType) => {
  const { status } = await post(body, { authorization: "Bearer sk-mock", "content-type": contentType });
  expect(status).toBe(400);
});

const named = (name: string, bytes: Uint8Array | string, type: string) => {
  const form = editForm({ ...good, ...(name === "mask" ? { image: sampleImage } : {}) });
  form.append(name, new File([bytes as BlobPart], "file.png", { type }));
  return form;
};

test.each([
  [
    "an image as octet-stream",
    () => named("image", sampleImage, "application/octet-stream"),
    "image",
    "unsupported_file_mimetype",
  ],
  [
    "a text file that claims to be PNG",
    () => named("image", "hello", "image/png"),
    "image",
    "invalid_image_file",
  ],
  ["a text file", () => named("image", "hello", "text/plain"), "image", "unsupported_file_mimetype"],
  ["an empty file", () => named("image", "", "image/png"), "image", "empty_file"],
  [
    "a PNG without header",
    () => named("image", sampleImage.slice(0, 12), "image/png"),
    "image",
    "invalid_image_file",
  ],
  [
    "a mask that is not a PNG",
    async () => named("mask", await drawScene(64, 48, "jpeg"), "image/jpeg"),
    "mask",
    "unsupported_file_mimetype",
  ],
  [
    "a mask of another size",
    async () => named("mask", await drawMask(48, 64, hole), "image/png"),
    "mask",
    "invalid_mask_size",
  ],
  [
    "an opaque mask",
    async () => named("mask", await drawScene(64, 48), "image/png"),
    "mask",
    "invalid_mask_alpha",
  ],
  [
    "a mask of 4 MB",
    async () =>
      named("mask", await drawMask(64, 48, hole).then((png) => padded(png, 4 * 1024 ** 2)), "image/png"),
    "mask",
    "image_too_large",
  ],
  [
    "an image as text",
    () => editForm({ ...good, "image[]": "data:image/png;base64,AAAA" }),
    "image",
    "invalid_type",
  ],
  ["no image", () => editForm(good), "image", "missing_required_parameter"],
  [
    "no prompt",
    () => editForm({ model: good.model, image: sampleImage }),
    "prompt",
    "missing_required_parameter",
  ],
  [
    "17 images",
    () => editForm({ ...good, image: Array.from({ length: 17 }, () => sampleImage) }),
    "image",
    "too_many_images",
  ],
])("refuses %s", async (_, form, param, code) => {
  const { status, error } = await post(await form());
  expect(error).toMatchObject({ param, code });
  expect(status).toBe(400);
});

test("accepts 16 images and a mask with a hole, even where its alpha is a palette's", async () => {
  const image = Array.from({ length: 16 }, () => sampleImage);
  const mask = await sharp(await drawMask(64, 48, hole))
    .png({ palette: true })
    .toBuffer();
  expect((await post(editForm({ ...good, image, mask }))).status).toBe(200);
});

test("accepts a GIF where the format only causes a warning, and rejects it elsewhere", async () => {
  const bytes = await sharp(sampleImage).gif().toBuffer();
  const send = (model: string, type: string) => {
    const form = editForm({ prompt: "a", model });
    form.append("image", new File([bytes], "a.gif", { type }));
    return post(form);
  };
  expect((await send("flux-kontext-pro", "image/gif")).status).toBe(200);
  expect((await send("acme-9", "image/gif")).status).toBe(200);
  expect((await send("acme-9", "application/octet-stream")).status).toBe(400);
  expect((await send("gpt-image-1", "image/gif")).error).toMatchObject({ code: "unsupported_file_mimetype" });
  expect((await send("gpt-image-1", "image/png")).error).toMatchObject({ code: "invalid_image_file" });
});

test("rejects repeated fields, and `image` together with `image[]`", async () => {
  for (const names of [
    ["image", "image"],
    ["image", "image[]"],
    ["image", "prompt"],
  ]) {
    const form = editForm({ ...good });
    for (const name of names) form.append(name, name === "prompt" ? "again" : fileOf(sampleImage, "a"));
    expect((await post(form)).error).toMatchObject({ code: "duplicate_parameter" });
  }
});

test("rejects an image at its family's byte limit, and accepts one just below", async () => {
  const limit = families["DallE2Edit"]?.image.belowBytes ?? 0;
  const square = await drawScene(64, 64);
  const send = (bytes: Uint8Array) => post(editForm({ prompt: "a", model: "dall-e-2", image: bytes }));
  expect((await send(padded(square, limit))).error).toMatchObject({
    param: "image",
    code: "image_too_large",
  });
  expect((await send(padded(square, limit - 1))).status).toBe(200);
});

test("rejects an image that is not square where the model requires a square", async () => {
  const { error } = await post(editForm({ prompt: "a", model: "dall-e-2", image: sampleImage }));
  expect(error).toMatchObject({ param: "image", code: "invalid_image_format" });
});

test("returns 413 past the body limit, after reading the entire body", async () => {
  const small = await startMockServer({ maxBodyBytes: 1000 });
  const body = editForm({ ...good, image: padded(sampleImage, 3_000_000) });
  const headers = { authorization: "Bearer sk-mock" };
  const response = await fetch(`${small.url}/v1/images/edits`, { method: "POST", body, headers });
  expect(response.status).toBe(413);
  expect(small.requests[0]?.bodyBytes).toBeGreaterThan(3_000_000);
  await small.close();
});

test("returns 404 and 405 in OpenAI's format", async () => {
  const [missing, method] = await Promise.all([
    fetch(`${mock.url}/v1/nope`),
    fetch(`${mock.url}/v1/images/edits`),
  ]);
  expect(missing.status).toBe(404);
  expect(await missing.json()).toMatchObject({ error: { code: "unknown_url", param: null } });
  expect([method.status, method.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
});

test("lists models to those with a key", async () => {
  const headers = { authorization: "Bearer sk-mock" };
  const list = await (await fetch(`${mock.url}/v1/models`, { headers })).json();
  expect(list.data.map((model: { id: string }) => model.id)).toContain("gpt-image-1");
  const one = await fetch(`${mock.url}/v1/models/gpt-image-1`, { headers });
  expect(await one.json()).toMatchObject({ id: "gpt-image-1", shutdown_date: "2026-10-23" });
  expect((await fetch(`${mock.url}/v1/models/acme-9`, { headers })).status).toBe(404);
  expect((await fetch(`${mock.url}/v1/models`)).status).toBe(401);
});

/** PNG readers ignore what follows the end. */
function padded(bytes: Uint8Array, length: number): Uint8Array {
  const long = new Uint8Array(length);
  long.set(bytes);
  return long;
}
