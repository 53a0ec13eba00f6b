import type { ByteSource } from "./byte-source.ts";
import { alphaViewOf } from "./png-alpha.ts";
import { readPngRows } from "./png-rows.ts";
import { PngProblem, PngStream } from "./png-stream.ts";

/** What the pixels of a mask say. */
export interface MaskFacts {
  /** Absent when the header can not be read. */
  readonly widthPx?: number;
  readonly heightPx?: number;
  /** An alpha channel, or a `tRNS` chunk. */
  readonly hasAlpha: boolean;
  /** Fully transparent pixels are the ones to edit. */
  readonly transparentPixels: "none" | "some" | "all";
  /** Some pixels are neither fully transparent nor opaque. */
  readonly softAlpha: boolean;
  /** Why it can not be used, as the rest of a sentence about it: `is no PNG`, `ends early: ...`. */
  readonly problem?: string;
}

/**
 * Reads a PNG mask's alpha, whatever its colour type, depth and interlacing, a row at a time: memory is bounded by a
 * row, reading stops as soon as everything is known, and what unpacks to more than 512 MB is refused unread.
 *
 * @example
 * const { transparentPixels } = await inspectMask(openByteSource(file, "mask"));
 */
export async function inspectMask(source: ByteSource): Promise<MaskFacts> {
  const facts = {
    hasAlpha: false,
    transparentPixels: "none" as MaskFacts["transparentPixels"],
    softAlpha: false,
  };
  const stream = new PngStream(source);
  let size: { widthPx: number; heightPx: number } | undefined;
  try {
    const header = await stream.readHeader();
    size = { widthPx: header.widthPx, heightPx: header.heightPx };
    const view = alphaViewOf(header);
    if (!view) return { ...size, ...facts };
    facts.hasAlpha = true;
    let alpha = new Uint8Array(0);
    let hasTransparent = false;
    let hasOther = false;
    await readPngRows(stream, header, view.lanes, (row, { count }) => {
      if (alpha.length < count) alpha = new Uint8Array(count);
      const part = alpha.subarray(0, count);
      view.read(row, part);
      for (const value of part) {
        if (value === 0) hasTransparent = true;
        else {
          hasOther = true;
          if (value !== 255) facts.softAlpha = true;
        }
      }
      facts.transparentPixels = hasTransparent ? (hasOther ? "some" : "all") : "none";
      return hasTransparent && facts.softAlpha;
    });
    return { ...size, ...facts };
  } catch (error) {
    if (error instanceof PngProblem) return { ...size, ...facts, problem: error.message };
    throw error;
  } finally {
    await stream.close();
  }
}
