import { openAsBlob } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createImageClient } from "@retouch/client";
import { type ResponseTask, task } from "../contender.ts";

/** Our client on `fetch`: the entry point that runs everywhere. */
const clients = new Map<string, ReturnType<typeof createImageClient>>();
function client(baseUrl: string) {
  const known = clients.get(baseUrl) ?? createImageClient({ apiKey: "bench", baseUrl });
  clients.set(baseUrl, known);
  return known;
}

export async function small(baseUrl: string, image: Uint8Array<ArrayBuffer>): Promise<void> {
  const { images } = await client(baseUrl).edit({ ...task, image });
  await images[0]?.bytes();
}

export async function upload(
  baseUrl: string,
  paths: readonly string[],
  from: "paths" | "buffers",
): Promise<void> {
  const image = await Promise.all(
    paths.map((path) => (from === "paths" ? openAsBlob(path) : readFile(path))),
  );
  // An unknown model: known ones do not accept 768 MiB.
  await client(baseUrl).edit({ ...task, model: "bench-model", image });
}

export async function receive({
  baseUrl,
  image,
  format,
  to,
  directory,
  count,
}: ResponseTask): Promise<number> {
  let bytes = 0;
  let index = 0;
  const save = async (image: Uint8Array) => {
    bytes += image.byteLength;
    if (to === "files") await writeFile(join(directory, `${index++}.png`), image);
  };
  if (format === "sse") {
    for await (const event of client(baseUrl).stream({ ...task, image, n: count })) {
      if (event.type === "completed")
        for (const image of event.result.images) await save(await image.bytes());
    }
  } else {
    const { images } = await client(baseUrl).edit({ ...task, image, n: count });
    for (const image of images) await save(await image.bytes());
  }
  return bytes;
}
