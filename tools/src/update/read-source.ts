import { readFile } from "node:fs/promises";

const maxBytes = 10 * 1024 * 1024;
const timeoutMs = 60_000;

/**
 * Reads the vendor's document from a file or an http(s) URL. For a page with a fenced YAML block, as the
 * vendor publishes it, returns that block.
 *
 * @throws Error that names the unreadable source.
 */
export async function readSource(source: string): Promise<string> {
  const text = /^https?:/i.test(source) ? await download(source) : await readText(source);
  const block = /^```ya?ml\n(openapi:.*?)^```$/ms.exec(text.replaceAll("\r\n", "\n"));
  return block?.[1] ?? text;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new Error(`The vendor's new document cannot be read from ${file}. Check the path.`, { cause });
  }
}

async function download(url: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    throw new Error(`${url} did not respond. Check the URL and the network.`, { cause });
  }
  if (!response.ok || !response.body) {
    throw new Error(`${url} returned ${response.status}. Check the URL.`);
  }
  const chunks: Uint8Array[] = [];
  let seenBytes = 0;
  for await (const chunk of response.body) {
    seenBytes += chunk.byteLength;
    if (seenBytes > maxBytes)
      throw new Error(`${url} is larger than ${maxBytes} bytes, too large for a spec. Check the URL.`);
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
}
