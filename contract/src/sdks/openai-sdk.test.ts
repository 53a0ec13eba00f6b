import { startMockServer } from "@retouch/mock/server";
import OpenAI, { type APIError, toFile } from "openai";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let server: Awaited<ReturnType<typeof startMockServer>>;
let upload: Buffer;

beforeAll(async () => {
  server = await startMockServer({ render: "drawn" });
  upload = await sharp({ create: { width: 256, height: 192, channels: 3, background: "#2a6" } })
    .png()
    .toBuffer();
});

afterAll(() => server.close());

function client(apiKey = "sk-anything"): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${server.url}/v1`, maxRetries: 0 });
}

const png = (bytes = upload, type = "image/png") => toFile(bytes, "image.png", { type });
const base = { model: "gpt-image-1", prompt: "Plant a tree" } as const;

/** Creates a mask of the given size with a fully transparent left half. */
async function mask(width: number, height: number) {
  const hole = await sharp({ create: { width: width / 2, height, channels: 4, background: "#000" } })
    .png()
    .toBuffer();
  const bytes = await sharp({ create: { width, height, channels: 4, background: "#0000" } })
    .composite([{ input: hole, left: width / 2, top: 0 }])
    .png()
    .toBuffer();
  return toFile(bytes, "mask.png", { type: "image/png" });
}

test("the official SDK edits an image", async () => {
  const { data, usage } = await client().images.edit({ ...base, image: await png(), size: "1536x1024" });
  const edited = await sharp(Buffer.from(data?.[0]?.b64_json ?? "", "base64")).metadata();
  expect(edited).toMatchObject({ format: "png", width: 1536, height: 1024 });
  expect(usage?.total_tokens).toBeGreaterThan(0);
});

test("the official SDK edits several images with a mask", async () => {
  const image = await Promise.all([png(), png()]);
  const { data } = await client().images.edit({ ...base, image, mask: await mask(256, 192), n: 2 });
  expect(data).toHaveLength(2);
});

test("the official SDK streams partial images and a completed one", async () => {
  const types: string[] = [];
  const events = await client().images.edit({ ...base, image: await png(), stream: true, partial_images: 2 });
  for await (const event of events) types.push(event.type);
  expect(types).toEqual(["image_edit.partial_image", "image_edit.partial_image", "image_edit.completed"]);
});

async function refusal(extra: object, apiKey?: string): Promise<APIError> {
  const params = { ...base, image: await png(), ...extra };
  return client(apiKey)
    .images.edit(params)
    .then(
      () => Promise.reject(new Error("The mock accepted it.")),
      (error: APIError) => error,
    );
}

describe("the mock rejects with 400 and the parameter's name", () => {
  test.each([
    ["n=99", { n: 99 }, "n"],
    ["n=0", { n: 0 }, "n"],
    ["an impossible size", { size: "123x456" }, "size"],
    ["response_format on gpt-image-1", { response_format: "url" }, "response_format"],
    ["quality hd", { quality: "hd" }, "quality"],
    ["an empty prompt", { prompt: "" }, "prompt"],
  ])("%s", async (_, extra, param) => {
    expect(await refusal(extra)).toMatchObject({ status: 400, param });
  });

  test("17 images", async () => {
    const image = await Promise.all(Array.from({ length: 17 }, () => png()));
    expect(await refusal({ image })).toMatchObject({ status: 400, param: "image" });
  });

  test("a text file that says it is a PNG", async () => {
    expect(await refusal({ image: await png(Buffer.from("hello")) })).toMatchObject({
      status: 400,
      param: "image",
    });
  });

  test("a real PNG sent as application/octet-stream", async () => {
    const image = await png(upload, "application/octet-stream");
    expect(await refusal({ image })).toMatchObject({ status: 400, param: "image" });
  });

  test("a mask of another size", async () => {
    expect(await refusal({ mask: await mask(128, 128) })).toMatchObject({ status: 400, param: "mask" });
  });
});

test("the mock returns 401 without a key", async () => {
  const response = await fetch(`${server.url}/v1/images/edits`, { method: "POST" });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
});

test("the official SDK receives 401 for a key that the mock does not know", async () => {
  const strict = await startMockServer({ apiKey: "the-right-one", render: "drawn" });
  const wrong = new OpenAI({ apiKey: "a-wrong-one", baseURL: `${strict.url}/v1`, maxRetries: 0 });
  const error = await wrong.images.edit({ ...base, image: await png() }).catch((seen: APIError) => seen);
  expect(error).toMatchObject({ status: 401 });
  await strict.close();
});
