import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createImageClient } from "@retouch/client";
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

type Options = Partial<Pick<Parameters<typeof generateImage>[0], "n" | "size" | "maxRetries">>;

function edit(options: Options, url = server.url) {
  const provider = createOpenAICompatible({ name: "retouch", apiKey: "any", baseURL: `${url}/v1` });
  return generateImage({
    model: provider.imageModel("gpt-image-1"),
    prompt: { text: "Plant a tree", images: [image] },
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
  const error = await edit({ size: "123x456", maxRetries: 0 }).catch((seen: unknown) => seen);
  expect(APICallError.isInstance(error) && error.statusCode).toBe(400);
});

test("the Vercel AI SDK posts three times what a server answers with 500, and ours once", async () => {
  let posts = 0;
  const failing = createServer((request, response) => {
    posts += 1;
    request.resume().on("end", () => response.writeHead(500, { "retry-after-ms": "0" }).end());
  });
  await new Promise<void>((resolve) => failing.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(failing.address() as AddressInfo).port}`;
  try {
    await expect(edit({}, url)).rejects.toThrow();
    expect(posts).toBe(3);
    const client = createImageClient({ apiKey: "any", baseUrl: url });
    const ours = client.edit({ model: "gpt-image-1", prompt: "Plant a tree", image });
    await expect(ours).rejects.toMatchObject({ outcome: "unknown" });
    expect(posts).toBe(4);
  } finally {
    await new Promise((resolve) => failing.close(resolve));
  }
});
