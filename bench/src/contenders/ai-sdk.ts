import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateImage } from "ai";
import { type ResponseTask, task } from "../contender.ts";

/** Vercel's AI SDK with its provider for OpenAI-compatible servers. */
async function edit(baseUrl: string, images: Uint8Array[], count = 1) {
  const provider = createOpenAICompatible({ name: "bench", apiKey: "bench", baseURL: `${baseUrl}/v1` });
  return generateImage({
    model: provider.imageModel(task.model),
    prompt: { text: task.prompt, images },
    maxRetries: 0,
    n: count,
    maxImagesPerCall: 10,
  });
}

export async function small(baseUrl: string, image: Uint8Array): Promise<void> {
  const { image: source } = await edit(baseUrl, [image]);
  source.uint8Array;
}

export async function upload(baseUrl: string, paths: readonly string[]): Promise<void> {
  await edit(baseUrl, await Promise.all(paths.map((path) => readFile(path))));
}

export async function receive({
  baseUrl,
  image,
  format,
  to,
  directory,
  count,
}: ResponseTask): Promise<number> {
  if (format === "sse") throw new Error("The AI SDK streams no images.");
  const { images } = await edit(baseUrl, [image], count);
  let bytes = 0;
  for (const [index, source] of images.entries()) {
    bytes += source.uint8Array.byteLength;
    if (to === "files") await writeFile(join(directory, `${index}.png`), source.uint8Array);
  }
  return bytes;
}
