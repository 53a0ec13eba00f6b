import { readFile, stat } from "node:fs/promises";
import { fetchDocument } from "../watch/fetch-document.ts";
import { maxDocumentBytes, tooLargeText } from "./document-size.ts";
import { findBlock } from "./find-block.ts";

/**
 * Reads the vendor's document from a file or an https URL. Of a page with fenced code blocks, as the vendor publishes
 * it, returns the block that has the operation.
 *
 * @throws Error that names the source and what is wrong with its bytes.
 */
export async function readSource(source: string, operationPath: string): Promise<string> {
  const bytes = /^https?:/i.test(source) ? await fetchDocument(source) : await readBytes(source);
  return findBlock(decode(bytes, source), operationPath);
}

async function readBytes(file: string): Promise<Uint8Array> {
  let size: number;
  try {
    ({ size } = await stat(file));
    if (size <= maxDocumentBytes) return await readFile(file);
  } catch (cause) {
    throw new Error(`The vendor's new document cannot be read from ${file}. Check the path.`, { cause });
  }
  throw new Error(tooLargeText(file));
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
