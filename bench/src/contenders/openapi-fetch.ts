import { openAsBlob } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import createClient from "openapi-fetch";
import { type ResponseTask, task } from "../contender.ts";

/** Only openapi-fetch, without our client. */
interface Paths {
  "/v1/images/edits": {
    post: {
      requestBody: { content: { "multipart/form-data": { files: readonly Blob[] } } };
      responses: { 200: { content: { "application/json": { data: { b64_json: string }[] } } } };
    };
  };
}

async function edit(baseUrl: string, files: readonly Blob[], count = 1) {
  const client = createClient<Paths>({ baseUrl, headers: { authorization: "Bearer bench" } });
  const { data, response } = await client.POST("/v1/images/edits", {
    body: { files },
    bodySerializer: (body) => {
      const form = new FormData();
      form.append("model", task.model);
      form.append("prompt", task.prompt);
      form.append("n", String(count));
      for (const file of body.files) form.append(files.length > 1 ? "image[]" : "image", file, "image.png");
      return form;
    },
  });
  if (data === undefined) throw new Error(`HTTP ${response.status}`);
  return data;
}

const type = "image/png";

export async function small(baseUrl: string, image: Uint8Array<ArrayBuffer>): Promise<void> {
  const receive = await edit(baseUrl, [new Blob([image], { type })]);
  Buffer.from(receive.data[0]?.b64_json ?? "", "base64");
}

export async function upload(
  baseUrl: string,
  paths: readonly string[],
  from: "paths" | "buffers",
): Promise<void> {
  await edit(
    baseUrl,
    await Promise.all(
      paths.map(async (path) =>
        from === "paths" ? openAsBlob(path, { type }) : new Blob([await readFile(path)], { type }),
      ),
    ),
  );
}

export async function receive({
  baseUrl,
  image,
  format,
  to,
  directory,
  count,
}: ResponseTask): Promise<number> {
  if (format === "sse") throw new Error("openapi-fetch reads no SSE.");
  const { data } = await edit(baseUrl, [new Blob([image.slice()], { type })], count);
  let bytes = 0;
  for (const [index, image] of data.entries()) {
    const decoded = Buffer.from(image.b64_json, "base64");
    bytes += decoded.byteLength;
    if (to === "files") await writeFile(join(directory, `${index}.png`), decoded);
  }
  return bytes;
}
