import { readFile } from "node:fs/promises";

const maxBytes = 10 * 1024 * 1024;
const timeoutMs = 60_000;

/**
 * Reads the vendor's document from a file or an http(s) address. A page that holds the document in a fenced block of
 * YAML, as the vendor publishes it, gives that block.
 *
 * @throws Error that names what could not be read.
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
    throw new Error(`The vendor's new document cannot be read from ${file}. Look at the path.`, { cause });
  }
}

async function download(address: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(address, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    throw new Error(`${address} gave no answer. Look at the address and the network.`, { cause });
  }
  if (!response.ok || !response.body) {
    throw new Error(`${address} answered ${response.status}. Look at the address.`);
  }
  const chunks: Uint8Array[] = [];
  let seenBytes = 0;
  for await (const chunk of response.body) {
    seenBytes += chunk.byteLength;
    if (seenBytes > maxBytes)
      throw new Error(`${address} is larger than ${maxBytes} bytes, which no spec is. Look at the address.`);
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
}
