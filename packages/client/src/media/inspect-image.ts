import type { ByteSource } from "./byte-source.ts";
import { beginningOf, type Format, formatOf, mediaTypeOf, signatureBytes } from "./format.ts";
import { type HeaderInfo, type HeaderReader, readGif, readJpeg, readPng, readWebp } from "./image-headers.ts";
import type { ImageInfo } from "./image-info.ts";
import { maxPrologBytes, readSvg, svgRootOf } from "./svg.ts";

const windowBytes = 16_384;

/** The maximum number of reads, for files that consist of tiny segments. */
const maxReads = 1_000;

/**
 * Reads an image's headers: format, size, orientation, animation, and whether the file is complete. Pixels are not
 * decoded. The reads are few and small, wherever the headers are in the file. PNG, JPEG, WebP, GIF and SVG have a
 * size; other formats are only named.
 *
 * @example
 * const { widthPx, heightPx, problem } = await inspectImage(openByteSource(file));
 */
export async function inspectImage(source: ByteSource): Promise<ImageInfo> {
  const { byteLength } = source;
  const info = emptyInfo();
  const reader = readImage(info, byteLength);
  let window = new Uint8Array(0);
  let windowStart = 0;
  let reads = 0;
  for (let step = reader.next(); !step.done; ) {
    const start = Math.min(step.value[0], byteLength);
    const end = Math.min(step.value[1], byteLength);
    if (start < windowStart || end > windowStart + window.length) {
      reads += 1;
      if (reads > maxReads)
        return info.widthPx ? info : { ...info, problem: "has no size within its first 1,000 segments" };
      // A copy, because the source may reuse the chunk while the reader still uses it.
      window = new Uint8Array(
        await source.slice(start, Math.max(end, Math.min(start + windowBytes, byteLength))),
      );
      windowStart = start;
    }
    step = reader.next(window.subarray(start - windowStart, end - windowStart));
  }
  return info;
}

/**
 * Reads an image's headers from its first bytes, as far as these reach.
 *
 * @param byteLength the length of the complete image, when `prefix` is only its beginning
 */
export function inspectBytes(prefix: Uint8Array, byteLength: number = prefix.length): ImageInfo {
  const info = emptyInfo();
  const reader = readImage(info, byteLength);
  reader.next();
  for (let step = reader.next(prefix.subarray(0, signatureBytes)); !step.done; ) {
    const [start, end] = step.value;
    if (Math.min(end, byteLength) > prefix.length) break;
    step = reader.next(prefix.subarray(start, end));
  }
  return info;
}

type MutableInfo = HeaderInfo & { format: Format; mediaType: string; problem?: string };

function emptyInfo(): MutableInfo {
  return { format: "unknown", mediaType: mediaTypeOf("unknown"), orientation: 1 };
}

const readers: Readonly<Partial<Record<Format, typeof readPng>>> = {
  png: readPng,
  jpeg: readJpeg,
  webp: readWebp,
  gif: readGif,
  svg: readSvg,
};

function* readImage(info: MutableInfo, byteLength: number): HeaderReader {
  const name = (format: Format): void => {
    info.format = format;
    info.mediaType = mediaTypeOf(format);
  };
  name(formatOf(yield [0, signatureBytes]));
  // The root of an SVG may come after a long comment or doctype.
  if (/html|xml|unknown/.test(info.format) && byteLength > signatureBytes) {
    const text = beginningOf(yield [0, maxPrologBytes], maxPrologBytes);
    if (svgRootOf(text) !== undefined) name("svg");
  }
  const read = readers[info.format];
  const problem = byteLength === 0 ? "is empty" : read && (yield* read(info, byteLength));
  if (problem) info.problem = problem;
  return problem;
}
