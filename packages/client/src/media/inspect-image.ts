import { throwImportError } from "../errors/import-error.ts";
import type { ByteSource } from "./byte-source.ts";
import type { ImageFacts } from "./facts.ts";
import { type Format, formatOf, mediaTypeOf, signatureBytes } from "./format.ts";
import { type HeaderFacts, type HeaderReader, readPng, readWebp } from "./image-headers.ts";
import { readJpeg } from "./jpeg/read-jpeg.ts";

const windowBytes = 16_384;

/** The maximum number of steps, for files that consist of tiny segments. */
const maxSteps = 100_000;

/**
 * Reads an image's headers: format, size, orientation, animation, and whether the file is complete. Pixels are
 * decoded only when the end of the file is missing. The reads are few and small, wherever the headers are in the file.
 * Only PNG, JPEG and WebP have a size; other formats are only named.
 *
 * @example
 * const { widthPx, heightPx, problem } = await inspectImage(openByteSource(file));
 */
export async function inspectImage(source: ByteSource): Promise<ImageFacts> {
  const { byteLength } = source;
  const facts: Facts = { format: "unknown", mediaType: mediaTypeOf("unknown"), orientation: 1 };
  const reader = readImage(facts, byteLength);
  let window = new Uint8Array(0);
  let windowStart = 0;
  let steps = 0;
  for (let step = reader.next(); !step.done; ) {
    const start = Math.min(step.value[0], byteLength);
    const end = Math.min(step.value[1], byteLength);
    steps += 1;
    if (steps > maxSteps) {
      const problem = `has no size within its first ${maxSteps.toLocaleString("en")} segments`;
      return facts.widthPx ? facts : { ...facts, problem };
    }
    if (start < windowStart || end > windowStart + window.length) {
      // A copy, because the source may reuse the chunk while the reader still uses it.
      window = new Uint8Array(
        await source.slice(start, Math.max(end, Math.min(start + windowBytes, byteLength))),
      );
      windowStart = start;
    }
    step = reader.next(window.subarray(start - windowStart, end - windowStart));
  }
  const { isEndMissing, ...rest } = facts;
  if (!isEndMissing || !(await hasAllPixels(source, facts.format))) return rest;
  const { problem: _, notes = [], ...complete } = rest;
  return { ...complete, notes: [...notes, "missing_end"] };
}

type Facts = HeaderFacts & { format: Format; mediaType: string; problem?: string };

function* readImage(facts: Facts, byteLength: number): HeaderReader {
  const format = formatOf(yield [0, signatureBytes]);
  facts.format = format;
  facts.mediaType = mediaTypeOf(format);
  const read =
    format === "png" ? readPng : format === "jpeg" ? readJpeg : format === "webp" ? readWebp : undefined;
  const problem = byteLength === 0 ? "is empty" : read && (yield* read(facts, byteLength));
  if (problem) facts.problem = problem;
  return problem;
}

/** Whether a file without an end has all of its pixels, as far as that can be found out. */
async function hasAllPixels(source: ByteSource, format: Format): Promise<boolean> {
  if (format === "png") {
    const { hasAllRows } = await import("./png/has-all-rows.ts").catch(throwImportError);
    return hasAllRows(source);
  }
  const { hasAllScans } = await import("./jpeg/has-all-scans.ts").catch(throwImportError);
  return hasAllScans(await source.slice(0, source.byteLength));
}
