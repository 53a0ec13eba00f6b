import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import OpenAI, { toFile } from "openai";
import { type ResponseTask, task } from "../contender.ts";

/** The official SDK, as its README shows it. */
function client(baseUrl: string): OpenAI {
  return new OpenAI({ apiKey: "bench", baseURL: `${baseUrl}/v1`, maxRetries: 0 });
}

const type = "image/png";

export async function small(baseUrl: string, image: Uint8Array): Promise<void> {
  const receive = await client(baseUrl).images.edit({
    ...task,
    image: await toFile(image, "image.png", { type }),
  });
  Buffer.from(receive.data?.[0]?.b64_json ?? "", "base64");
}

export async function upload(
  baseUrl: string,
  paths: readonly string[],
  from: "paths" | "buffers",
): Promise<void> {
  const image = await Promise.all(
    paths.map(async (path) =>
      toFile(from === "paths" ? createReadStream(path) : await readFile(path), "image.png", { type }),
    ),
  );
  await client(baseUrl).images.edit({ ...task, image });
}

export async function receive({
  baseUrl,
  image,
  format,
  to,
  directory,
  count,
}: ResponseTask): Promise<number> {
  const file = await toFile(image, "image.png", { type });
  const images: string[] = [];
  if (format === "sse") {
    const events = await client(baseUrl).images.edit({
      ...task,
      image: file,
      stream: true,
      partial_images: 0,
      n: count,
    });
    for await (const event of events) {
      if (event.type === "image_edit.completed") images.push(event.b64_json);
    }
  } else {
    const { data = [] } = await client(baseUrl).images.edit({ ...task, image: file, n: count });
    for (const image of data) images.push(image.b64_json ?? "");
  }
  let bytes = 0;
  for (const [index, image] of images.entries()) {
    const decoded = Buffer.from(image, "base64");
    bytes += decoded.byteLength;
    if (to === "files") await writeFile(join(directory, `${index}.png`), decoded);
  }
  return bytes;
}
