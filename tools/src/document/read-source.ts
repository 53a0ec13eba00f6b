import { readFile, stat } from "node:fs/promises";
import { findBlock } from "./find-block.ts";

const maxBytes = 8 * 1024 * 1024;
const timeoutMs = 60_000;

/**
 * Reads the vendor's document from a file or an http(s) URL. Of a page with fenced code blocks, as the vendor publishes
 * it, returns the block that has the operation.
 *
 * @throws Error that names the source and what is wrong with its bytes.
 */
export async function readSource(source: string, operationPath: string): Promise<string> {
  const bytes = /^https?:/i.test(source) ? await download(source) : await readBytes(source);
  return findBlock(decode(bytes, source), operationPath);
}

function tooLarge(source: string): Error {
  return new Error(`${source} is larger than 8 MB, too large for a spec. Check the source.`);
}

async function readBytes(file: string): Promise<Uint8Array> {
  let size: number;
  try {
    ({ size } = await stat(file));
    if (size <= maxBytes) return await readFile(file);
  } catch (cause) {
    throw new Error(`The vendor's new document cannot be read from ${file}. Check the path.`, { cause });
  }
  throw tooLarge(file);
}

async function download(url: string): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    throw new Error(`${url} did not respond. Check the URL and the network.`, { cause });
  }
  if (!response.ok || !response.body) throw new Error(`${url} returned ${response.status}. Check the URL.`);
  if (Number(response.headers.get("content-length")) > maxBytes) throw tooLarge(url);
  const chunks: Uint8Array[] = [];
  let seenBytes = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new Error(`${url} ends early: the connection closed after ${seenBytes} bytes. Try again.`, {
        cause,
      });
    });
    if (done) return Buffer.concat(chunks);
    seenBytes += value.byteLength;
    if (seenBytes > maxBytes) {
      await reader.cancel();
      throw tooLarge(url);
    }
    chunks.push(value);
  }
}

/** Decodes UTF-8, with or without a byte order mark. Any other encoding would be saved as replacement characters. */
function decode(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error(
      `${source} is not UTF-8: line ${firstBadLine(bytes)} holds other bytes. Convert it, for example with iconv.`,
      { cause },
    );
  }
}

function firstBadLine(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8").decode(bytes);
  return text.slice(0, Math.max(0, text.indexOf("\uFFFD"))).split("\n").length;
}
