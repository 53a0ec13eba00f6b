import { encodeLeastForm, leastContentType } from "../least-form.ts";

/**
 * The least that sends an edit with `fetch` as ours promises, with no check and nothing reusable: a form of known length
 * that `fetch` cannot post again after a 421, no redirect, and a time limit that also ends the reading.
 */
const timeoutMs = 600_000;

export async function small(baseUrl: string, image: Uint8Array): Promise<void> {
  const form = Buffer.concat(encodeLeastForm(image));
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  const body = new ReadableStream<Uint8Array>(
    {
      pull(stream) {
        stream.enqueue(form);
        stream.close();
      },
    },
    { highWaterMark: 0 },
  );
  const init: RequestInit & { duplex: "half" } = {
    method: "POST",
    headers: {
      authorization: "Bearer bench",
      "content-type": leastContentType,
      "content-length": String(form.length),
    },
    body,
    duplex: "half",
    redirect: "error",
    signal: controller.signal,
  };
  const response = await fetch(`${baseUrl}/v1/images/edits`, init);
  if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  for (let step = await reader?.read(); step && !step.done; step = await reader?.read())
    chunks.push(step.value);
  clearTimeout(timer);
  const { data } = JSON.parse(Buffer.concat(chunks).toString()) as {
    readonly data: readonly { readonly b64_json: string }[];
  };
  Buffer.from(data[0]?.b64_json ?? "", "base64");
}
