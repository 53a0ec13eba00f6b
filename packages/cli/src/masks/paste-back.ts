import sharp from "sharp";
import type { ImageSource } from "./mask-pixels.ts";

/** How much the model changed outside the mask. */
export interface Drift {
  /** Mean absolute difference per channel outside the mask, 0 to 255. */
  readonly meanDifference: number;
  /** Share of the pixels outside the mask that differ by more than 8 of 255 in a channel, 0 to 1. */
  readonly changedShare: number;
}

/** A pasted image and its drift. */
export interface PastedImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly drift: Drift;
}

const visibleDifference = 8;

/** For what preflight let through: it was sent and billed, so a missing last byte must not cost the image now. */
const lenient = { failOn: "none" } as const;

/** Returns whether two sizes have the same aspect ratio, within 1 %. */
function sameFrame(a: { width: number; height: number }, b: { width: number; height: number }): boolean {
  return Math.abs((a.width / a.height) * (b.height / b.width) - 1) < 0.01;
}

/**
 * Restores the original's pixels outside the mask, at the result's size. The edge is feathered only inward, so that every
 * kept pixel is exactly the original's (resampled if the sizes differ).
 *
 * @returns Undefined if the aspect ratios differ, because pixels then have no counterpart.
 */
export async function pasteBack(
  original: ImageSource,
  mask: ImageSource,
  result: ImageSource,
): Promise<PastedImage | undefined> {
  const { width, height, format } = await sharp(result).metadata();
  const stored = await sharp(original, lenient).metadata();
  if (!sameFrame(stored, { width, height })) return undefined;
  const size = { width, height };
  const [edited, source, keep] = await Promise.all([
    decodeResult(result, format),
    sharp(original, lenient)
      .toColourspace("srgb")
      .ensureAlpha()
      .resize(width, height, { fit: "fill" })
      .raw({ depth: "uchar" })
      .toBuffer(),
    sharp(mask, lenient)
      .ensureAlpha()
      .extractChannel("alpha")
      .resize(width, height, { fit: "fill", kernel: "nearest" })
      .threshold(128)
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true })
      .then(({ data, info }) =>
        info.channels === 1 ? data : data.filter((_, at) => at % info.channels === 0),
      ),
  ]);
  const soft = await softEdge(keep, size);
  const drift = blend(edited, source, keep, soft);
  return { bytes: await encode(edited, size, format), drift };
}

/** Decodes a result. One that lacks pixels is an error, so that it is written unchanged; only a JPEG's end may be missing. */
async function decodeResult(result: ImageSource, format: string | undefined): Promise<Uint8Array> {
  const decode = (source: ImageSource, failOn: "error" | "warning") =>
    sharp(source, { failOn }).toColourspace("srgb").ensureAlpha().raw({ depth: "uchar" }).toBuffer();
  try {
    return await decode(result, "error");
  } catch (error) {
    if (format !== "jpeg" || typeof result === "string") throw error;
    // With an end marker, missing pixels still warn.
    return decode(Buffer.concat([result, Buffer.from([0xff, 0xd9])]), "warning").catch(() =>
      Promise.reject(error),
    );
  }
}

async function softEdge(keep: Uint8Array, size: { width: number; height: number }): Promise<Uint8Array> {
  const sigma = Math.max(0.5, Math.min(size.width, size.height) / 256);
  const { data, info } = await sharp(keep, { raw: { ...size, channels: 1 } })
    .blur(sigma)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return info.channels === 1 ? data : data.filter((_, at) => at % info.channels === 0);
}

/** Blends in place, after it measured the drift outside the mask. */
function blend(edited: Uint8Array, source: Uint8Array, keep: Uint8Array, soft: Uint8Array): Drift {
  let kept = 0;
  let changed = 0;
  let sum = 0;
  for (let pixel = 0; pixel < keep.length; pixel++) {
    const at = pixel * 4;
    if (keep[pixel] === 255) {
      let largest = 0;
      for (let c = 0; c < 3; c++) {
        const difference = Math.abs((edited[at + c] ?? 0) - (source[at + c] ?? 0));
        sum += difference;
        largest = Math.max(largest, difference);
      }
      kept++;
      if (largest > visibleDifference) changed++;
      for (let c = 0; c < 4; c++) edited[at + c] = source[at + c] ?? 0;
      continue;
    }
    // The blur spreads the kept side over the border: half at the border, fading to zero inside.
    const weight = (soft[pixel] ?? 0) / 255;
    for (let c = 0; c < 4; c++) {
      edited[at + c] = Math.round((edited[at + c] ?? 0) * (1 - weight) + (source[at + c] ?? 0) * weight);
    }
  }
  const round = (value: number) => Math.round(value * 10_000) / 10_000;
  return {
    meanDifference: kept === 0 ? 0 : round(sum / (kept * 3)),
    changedShare: kept === 0 ? 0 : round(changed / kept),
  };
}

async function encode(
  pixels: Uint8Array,
  size: { width: number; height: number },
  format: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const image = sharp(pixels, { raw: { ...size, channels: 4 } });
  const made =
    format === "jpeg"
      ? image.flatten({ background: "#fff" }).jpeg({ quality: 95, chromaSubsampling: "4:4:4" })
      : format === "webp"
        ? image.webp({ lossless: true })
        : image.png();
  return new Uint8Array(await made.toBuffer());
}
