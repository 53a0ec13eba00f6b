import { readFile, stat } from "node:fs/promises";
import { createImageClient } from "@retouch/client/node";
import { type AnswerTask, task } from "../contender.ts";

/** Ours on `node:http`: files in, files out. */
const clients = new Map<string, ReturnType<typeof createImageClient>>();
function client(baseUrl: string) {
  const known = clients.get(baseUrl) ?? createImageClient({ apiKey: "bench", baseUrl });
  clients.set(baseUrl, known);
  return known;
}

export async function small(baseUrl: string, image: Uint8Array): Promise<void> {
  const { images } = await client(baseUrl).edit({ ...task, image });
  await images[0]?.bytes();
}

export async function upload(
  baseUrl: string,
  paths: readonly string[],
  from: "paths" | "buffers",
): Promise<void> {
  const image = from === "paths" ? [...paths] : await Promise.all(paths.map((path) => readFile(path)));
  await client(baseUrl).edit({ ...task, image });
}

export async function answer({ baseUrl, image, format, to, folder }: AnswerTask): Promise<number> {
  const params = format === "sse" ? { ...task, image, stream: true as const } : { ...task, image };
  let bytes = 0;
  if (to === "files") {
    const { images } = await client(baseUrl).editToFiles(params, { directory: folder });
    for (const picture of images) bytes += (await stat(picture.path)).size;
  } else {
    const { images } = await client(baseUrl).edit(params);
    for (const picture of images) bytes += (await picture.bytes()).byteLength;
  }
  return bytes;
}
