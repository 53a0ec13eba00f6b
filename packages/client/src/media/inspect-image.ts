import type { ByteSource } from "./byte-source.ts";
import { canBeSvg, type Format, fileFormatOf, formatOf, mediaTypeOf, signatureBytes } from "./format.ts";
import { type HeaderInfo, type HeaderReader, readGif, readPng, readWebp } from "./image-headers.ts";
import type { ImageInfo } from "./image-info.ts";
import { readJpeg } from "./jpeg/read-jpeg.ts";
import { maxPrologBytes, readSvg } from "./svg.ts";

const windowBytes = 16_384;

/** The maximum number of steps, for files that consist of tiny segments. */
const maxSteps = 100_000;

/**
 * Reads an image's headers: format, size, orientation, animation, and whether the file is complete. Pixels are decoded
 * only when the end of the file is missing. The reads are few and small, wherever the headers are in the file. PNG,
 * JPEG, WebP, GIF and SVG have a size; other formats are only named.
 *
 * @example
 * const { widthPx, heightPx, problem } = await inspectImage(openByteSource(file));
 */
export async function inspectImage(source: ByteSource): Promise<ImageInfo> {
  const { byteLength } = source;
  const info: MutableInfo = { format: "unknown", mediaType: mediaTypeOf("unknown"), orientation: 1 };
  const reader = readImage(info, byteLength);
  let window = source.view?.() ?? new Uint8Array(0);
  let windowStart = 0;
  let steps = 0;
  for (let step = reader.next(); !step.done; ) {
    const start = Math.min(step.value[0], byteLength);
    const end = Math.min(step.value[1], byteLength);
    steps += 1;
    if (steps > maxSteps) {
      const problem = `has no size within its first ${maxSteps.toLocaleString("en")} segments`;
      return info.widthPx ? info : { ...info, problem };
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
  if (!info.isEndMissing) return info;
  const { isEndMissing: _isMissing, ...rest } = info;
  if (!(await hasAllPixels(source, info.format))) return rest;
  const { problem: _, notes = [], ...complete } = rest;
  return { ...complete, notes: [...notes, "missing_end"] };
}

type MutableInfo = HeaderInfo & { format: Format; mediaType: string; problem?: string };

const readers: Readonly<Partial<Record<Format, typeof readPng>>> = {
  png: readPng,
  jpeg: readJpeg,
  webp: readWebp,
  gif: readGif,
  svg: readSvg,
};

function* readImage(info: MutableInfo, byteLength: number): HeaderReader {
  let format = formatOf(yield [0, signatureBytes]);
  if (canBeSvg(format) && byteLength > signatureBytes) format = fileFormatOf(yield [0, maxPrologBytes]);
  info.format = format;
  info.mediaType = mediaTypeOf(format);
  const read = readers[format];
  const problem = byteLength === 0 ? "is empty" : read && (yield* read(info, byteLength));
  if (problem) info.problem = problem;
  return problem;
}

/**
 * Returns whether a file without an end has all of its pixels, as far as that can be determined. Where the code for it
 * cannot be loaded, the file counts as cut: an image that was billed must be readable without the network.
 */
async function hasAllPixels(source: ByteSource, format: Format): Promise<boolean> {
  if (format === "png") {
    const rows = await import("./inspect-mask.ts").catch(() => undefined);
    return rows?.hasAllRows(source) ?? false;
  }
  const scans = await import("./jpeg/has-all-scans.ts").catch(() => undefined);
  return scans?.hasAllScans(await source.slice(0, source.byteLength)) ?? false;
}
