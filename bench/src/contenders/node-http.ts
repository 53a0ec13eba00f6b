import { open, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { type ResponseTask, task } from "../contender.ts";

/** Plain `node:http`: a known length, files in chunks, the response collected and parsed. */
const agent = new Agent({ keepAlive: true });
const boundary = "----bench-boundary-7d1f";

interface Part {
  readonly byteLength: number;
  write(send: (chunk: Uint8Array) => Promise<void>): Promise<void>;
}

function bytesPart(bytes: Uint8Array): Part {
  return { byteLength: bytes.byteLength, write: (send) => send(bytes) };
}

async function filePart(path: string): Promise<Part> {
  const file = await open(path);
  const { size } = await file.stat();
  return {
    byteLength: size,
    async write(send) {
      const chunk = Buffer.allocUnsafe(256 * 1024);
      for (let at = 0; at < size; ) {
        const { bytesRead } = await file.read(chunk, 0, chunk.byteLength, at);
        await send(chunk.subarray(0, bytesRead));
        at += bytesRead;
      }
      await file.close();
    },
  };
}

function form(files: readonly Part[], count: number): Part[] {
  const field = (name: string, value: string) =>
    bytesPart(
      Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
    );
  const name = files.length > 1 ? "image[]" : "image";
  const head = (index: number) =>
    bytesPart(
      Buffer.from(
        `--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="image-${index}.png"\r\ncontent-type: image/png\r\n\r\n`,
      ),
    );
  const end = bytesPart(Buffer.from("\r\n"));
  return [
    field("model", task.model),
    field("prompt", task.prompt),
    field("n", String(count)),
    ...files.flatMap((file, index) => [head(index), file, end]),
    bytesPart(Buffer.from(`--${boundary}--\r\n`)),
  ];
}

async function post(baseUrl: string, files: readonly Part[], count = 1): Promise<Buffer> {
  const parts = form(files, count);
  return new Promise((resolve, reject) => {
    const message = request(`${baseUrl}/v1/images/edits`, {
      method: "POST",
      agent,
      headers: {
        authorization: "Bearer bench",
        "content-type": `multipart/form-data; boundary=${boundary}`,
        "content-length": parts.reduce((sum, part) => sum + part.byteLength, 0),
      },
    });
    message.on("error", reject).on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("error", reject).on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new Error(`HTTP ${response.statusCode}`));
      });
    });
    const send = (chunk: Uint8Array) =>
      new Promise<void>((written, failed) =>
        message.write(chunk, (error) => (error ? failed(error) : written())),
      );
    const writeAll = async () => {
      for (const part of parts) await part.write(send);
      message.end();
    };
    writeAll().catch(reject);
  });
}

interface RawReply {
  readonly data: readonly { readonly b64_json: string }[];
}

export async function small(baseUrl: string, image: Uint8Array): Promise<void> {
  const receive = JSON.parse((await post(baseUrl, [bytesPart(image)])).toString()) as RawReply;
  Buffer.from(receive.data[0]?.b64_json ?? "", "base64");
}

export async function upload(baseUrl: string, paths: readonly string[]): Promise<void> {
  await post(baseUrl, await Promise.all(paths.map(filePart)));
}

export async function receive({
  baseUrl,
  image,
  format,
  to,
  directory,
  count,
}: ResponseTask): Promise<number> {
  if (format === "sse") throw new Error("node:http by hand reads no SSE.");
  const { data } = JSON.parse((await post(baseUrl, [bytesPart(image)], count)).toString()) as RawReply;
  let bytes = 0;
  for (const [index, image] of data.entries()) {
    const decoded = Buffer.from(image.b64_json, "base64");
    bytes += decoded.byteLength;
    if (to === "files") await writeFile(join(directory, `${index}.png`), decoded);
  }
  return bytes;
}
