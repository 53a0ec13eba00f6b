import { openAsBlob } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ResponseTask, task } from "../contender.ts";

/** The floor: bare `fetch` and `FormData`, as an engineer writes them in five minutes. */
function form(files: readonly Blob[], count: number): FormData {
  const body = new FormData();
  body.append("model", task.model);
  body.append("prompt", task.prompt);
  body.append("n", String(count));
  for (const [index, file] of files.entries()) {
    body.append(files.length > 1 ? "image[]" : "image", file, `image-${index}.png`);
  }
  return body;
}

async function post(baseUrl: string, files: readonly Blob[], count = 1): Promise<Response> {
  const response = await fetch(`${baseUrl}/v1/images/edits`, {
    method: "POST",
    headers: { authorization: "Bearer bench" },
    body: form(files, count),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response;
}

interface RawReply {
  readonly data: readonly { readonly b64_json: string }[];
}

export async function small(baseUrl: string, image: Uint8Array<ArrayBuffer>): Promise<void> {
  const receive = (await (
    await post(baseUrl, [new Blob([image], { type: "image/png" })])
  ).json()) as RawReply;
  Buffer.from(receive.data[0]?.b64_json ?? "", "base64");
}

export async function upload(
  baseUrl: string,
  paths: readonly string[],
  from: "paths" | "buffers",
): Promise<void> {
  const type = "image/png";
  const files = await Promise.all(
    paths.map(async (path) =>
      from === "paths" ? openAsBlob(path, { type }) : new Blob([await readFile(path)], { type }),
    ),
  );
  await (await post(baseUrl, files)).json();
}

export async function receive({
  baseUrl,
  image,
  format,
  to,
  directory,
  count,
}: ResponseTask): Promise<number> {
  if (format === "sse") throw new Error("The floor reads no SSE.");
  const response = await post(baseUrl, [new Blob([image.slice()], { type: "image/png" })], count);
  const { data } = (await response.json()) as RawReply;
  let bytes = 0;
  for (const [index, image] of data.entries()) {
    const decoded = Buffer.from(image.b64_json, "base64");
    bytes += decoded.byteLength;
    if (to === "files") await writeFile(join(directory, `${index}.png`), decoded);
  }
  return bytes;
}
