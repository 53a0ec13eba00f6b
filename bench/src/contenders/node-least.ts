import { Agent, request } from "node:http";
import { encodeLeastForm, leastContentType } from "../least-form.ts";

/**
 * The least that sends an edit as ours promises, with no check and nothing reusable: a connection that has just been
 * closed is noticed (two ticks of the event loop before the form, two before its last boundary), the last boundary is a
 * write of its own, and a time limit ends the call.
 */
const agent = new Agent({ keepAlive: true });
const timeoutMs = 600_000;

export async function small(baseUrl: string, image: Uint8Array): Promise<void> {
  const [form, end] = encodeLeastForm(image);
  await twoTicks();
  const text = await new Promise<string>((resolve, reject) => {
    const message = request(`${baseUrl}/v1/images/edits`, {
      method: "POST",
      agent,
      headers: {
        authorization: "Bearer bench",
        "content-type": leastContentType,
        "content-length": form.length + end.length,
      },
    });
    const timer = setTimeout(() => message.destroy(new Error("timeout")), timeoutMs);
    message.on("error", reject).on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("error", reject).on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        clearTimeout(timer);
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`HTTP ${response.statusCode}`));
      });
    });
    message.write(form, async () => {
      if (message.reusedSocket) await twoTicks();
      message.end(end);
    });
  });
  const { data } = JSON.parse(text) as { readonly data: readonly { readonly b64_json: string }[] };
  Buffer.from(data[0]?.b64_json ?? "", "base64");
}

async function twoTicks(): Promise<void> {
  for (let tick = 0; tick < 2; tick++) await new Promise((resolve) => setImmediate(resolve));
}
