import { once } from "node:events";
import { Agent, request } from "node:http";
import type { ResponseTask } from "../contender.ts";

/** The server's own limit: `node:http` that sends a prepared form and discards the response. */
const agent = new Agent({ keepAlive: true });
const boundary = "----bench-boundary-0c2e";
const field = (name: string) =>
  `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\nx\r\n`;
const form = Buffer.from(`${field("model")}${field("prompt")}${field("image")}--${boundary}--\r\n`);

async function post(baseUrl: string): Promise<void> {
  const message = request(`${baseUrl}/v1/images/edits`, {
    method: "POST",
    agent,
    headers: {
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "content-length": form.byteLength,
    },
  });
  message.end(form);
  const [response] = await once(message, "response");
  response.resume();
  await once(response, "end");
}

export async function small(baseUrl: string): Promise<void> {
  await post(baseUrl);
}

export async function receive({ baseUrl, count }: ResponseTask): Promise<number> {
  await post(baseUrl);
  const mebibytes = Number(/-(\d+)$/.exec(baseUrl)?.[1]);
  return count * mebibytes * 1024 * 1024;
}
