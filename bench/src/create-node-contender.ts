import { readFile, stat } from "node:fs/promises";
import { createImageClient, type NodeClientOptions } from "@retouch/client/node";
import { type Contender, type ResponseTask, task } from "./contender.ts";

/** Creates a contender for our client with files, on `node:http` or a given `fetch`. It reuses one client per server. */
export function createNodeContender(
  options: Pick<NodeClientOptions, "fetch" | "freshConnections">,
): Required<Contender> {
  const clients = new Map<string, ReturnType<typeof createImageClient>>();
  const client = (baseUrl: string) => {
    const known = clients.get(baseUrl) ?? createImageClient({ apiKey: "bench", baseUrl, ...options });
    clients.set(baseUrl, known);
    return known;
  };

  async function small(baseUrl: string, image: Uint8Array): Promise<void> {
    const { images } = await client(baseUrl).edit({ ...task, image });
    await images[0]?.bytes();
  }

  async function upload(baseUrl: string, paths: readonly string[], from: "paths" | "buffers"): Promise<void> {
    const image = from === "paths" ? [...paths] : await Promise.all(paths.map((path) => readFile(path)));
    // An unknown model: known ones do not accept 768 MiB.
    await client(baseUrl).edit({ ...task, model: "bench-model", image });
  }

  async function receive({ baseUrl, image, format, to, directory, count }: ResponseTask): Promise<number> {
    const params = { ...task, image, n: count, ...(format === "sse" && { stream: true as const }) };
    let bytes = 0;
    if (to === "files") {
      const { images } = await client(baseUrl).editToFiles(params, { directory: directory });
      for (const image of images) bytes += image.path ? (await stat(image.path)).size : 0;
    } else {
      const { images } = await client(baseUrl).edit(params);
      for (const image of images) bytes += (await image.bytes()).byteLength;
    }
    return bytes;
  }

  async function check(images: readonly string[], mask?: string): Promise<void> {
    const params = { ...task, image: [...images], ...(mask !== undefined && { mask }) };
    const { problems } = await client("http://127.0.0.1:9").check(params);
    const error = problems.find(({ severity }) => severity === "error");
    if (error) throw new Error(error.message);
  }

  return { small, upload, receive, check };
}
