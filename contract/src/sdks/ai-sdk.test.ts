import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { startMockServer } from "@retouch/mock/server";
import { APICallError, generateImage } from "ai";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: Awaited<ReturnType<typeof startMockServer>>;
let image: Buffer;

beforeAll(async () => {
  server = await startMockServer({ render: "drawn" });
  image = await sharp({ create: { width: 128, height: 128, channels: 3, background: "#a26" } })
    .png()
    .toBuffer();
});

afterAll(() => server.close());

function edit(options: { n?: number; size?: `${number}x${number}` }) {
  const provider = createOpenAICompatible({ name: "retouch", apiKey: "any", baseURL: `${server.url}/v1` });
  return generateImage({
    model: provider.imageModel("gpt-image-1"),
    prompt: { text: "Plant a tree", images: [image] },
    maxRetries: 0,
    ...options,
  });
}

test("the Vercel AI SDK edits an image", async () => {
  const { images } = await edit({ size: "1536x1024" });
  expect(await sharp(images[0]?.uint8Array).metadata()).toMatchObject({
    format: "png",
    width: 1536,
    height: 1024,
  });
});

test("the Vercel AI SDK receives the problem of an invalid size", async () => {
  const error = await edit({ size: "123x456" }).catch((seen: unknown) => seen);
  expect(APICallError.isInstance(error) && error.statusCode).toBe(400);
});
