import type { ByteSource } from "./byte-source.ts";
import type { MaskInfo } from "./image-info.ts";
import { alphaReaderOf } from "./png/alpha.ts";
import { PngProblem, PngReader } from "./png/png-reader.ts";
import { readScanlines } from "./png/scanlines.ts";

/**
 * Reads a PNG mask's alpha, for any color type, depth and interlacing, one row at a time. Memory is bounded by a row,
 * and reading stops as soon as everything is known. A file that inflates to more than 512 MB is rejected unread.
 *
 * @example
 * const { transparentPixels } = await inspectMask(openByteSource(file, "mask"));
 */
export async function inspectMask(source: ByteSource): Promise<MaskInfo> {
  const info = {
    hasAlpha: false,
    transparentPixels: "none" as MaskInfo["transparentPixels"],
    softAlpha: false,
  };
  const stream = new PngReader(source);
  let size: { widthPx: number; heightPx: number } | undefined;
  try {
    const header = await stream.readHeader();
    size = { widthPx: header.widthPx, heightPx: header.heightPx };
    const view = alphaReaderOf(header);
    if (!view) return { ...size, ...info };
    info.hasAlpha = true;
    let hasOpaque = false;
    await readScanlines(stream, header, view.channels, (row, { count }) => {
      const seen = classifyAlpha(view.read(row, count), count);
      const hasTransparent = info.transparentPixels !== "none" || (seen & 1) > 0;
      hasOpaque ||= (seen & 2) > 0;
      info.softAlpha ||= (seen & 4) > 0;
      if (hasTransparent) info.transparentPixels = hasOpaque || info.softAlpha ? "some" : "all";
      return hasTransparent && info.softAlpha;
    });
    return { ...size, ...info };
  } catch (error) {
    if (error instanceof PngProblem) return { ...size, ...info, problem: error.message };
    throw error;
  } finally {
    await stream.close();
  }
}

/** Inflates a PNG, and returns whether all of its rows are there. In this module, so that a page has one chunk for PNGs. */
export async function hasAllRows(source: ByteSource): Promise<boolean> {
  const stream = new PngReader(source);
  try {
    await readScanlines(stream, await stream.readHeader(), { first: 0, count: 0 }, () => false);
    return true;
  } catch (error) {
    if (error instanceof PngProblem) return false;
    throw error;
  } finally {
    await stream.close();
  }
}

/** Returns the bitwise OR of 1 (a transparent pixel), 2 (an opaque one) and 4 (one in between). */
function classifyAlpha(alpha: Uint8Array, count: number): number {
  let seen = 0;
  for (let i = 0; i < count; i += 1) {
    const value = alpha[i];
    seen |= value === 255 ? 2 : value === 0 ? 1 : 4;
  }
  return seen;
}
