import {
  compositePixels,
  type Drift,
  hasSameRatio,
  type PixelBox,
  type Pixels,
} from "@retouch/client/composite";
import sharp from "sharp";
import { decodeMask, decodePixels, decodeUpright, rotateUpright } from "./decode-upright.ts";
import type { ImageSource } from "./mask-pixels.ts";

/** A pasted image and its drift. */
export interface PastedImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  readonly mediaType: string;
  readonly drift: Drift;
}

/** Options of {@link pasteBack}. */
export interface PasteOptions {
  /** The part of the upright original that was sent: the box of a crop. All of it by default. */
  readonly box?: PixelBox | undefined;
  /** Keeps a JPEG result a JPEG, which is lossy, because the user asked for one. */
  readonly asJpeg?: boolean | undefined;
}

/**
 * Puts a result into its original at the original's own resolution, upright. The edge is feathered only inward, so that
 * every pixel outside the mask is exactly the original's. The image is lossless unless `asJpeg` keeps a JPEG.
 *
 * @returns Undefined if the aspect ratios differ, because pixels then have no counterpart.
 */
export async function pasteBack(
  original: ImageSource,
  mask: ImageSource,
  result: ImageSource,
  { box, asJpeg = false }: PasteOptions = {},
): Promise<PastedImage | undefined> {
  const { width, height, format } = await sharp(result).metadata();
  const source = await decodeUpright(original);
  const sent = box ?? source;
  // A server that ignores EXIF responds in the stored frame.
  const isStored = !hasSameRatio(sent, { width, height });
  if (isStored && (box !== undefined || !hasSameRatio(source.stored, { width, height }))) return undefined;
  const decoded = await decodeResult(result, format);
  const edited = isStored ? await rotateUpright(decoded, source.orientation) : decoded;
  const drift = await compositePixels({
    original: source,
    mask: await decodeMask(mask, source),
    result: edited,
    frame: box,
  });
  const encoded = await encode(source, format, asJpeg);
  return { ...encoded, width: source.width, height: source.height, drift };
}

/** Decodes a result. One that lacks pixels is an error, so that it is written unchanged; only a JPEG's end may be missing. */
async function decodeResult(result: ImageSource, format: string | undefined): Promise<Pixels> {
  const decode = (source: ImageSource, failOn: "error" | "warning") =>
    decodePixels(sharp(source, { failOn }));
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

async function encode(
  { data, width, height }: Pixels,
  format: string | undefined,
  asJpeg: boolean,
): Promise<Pick<PastedImage, "bytes" | "mediaType">> {
  const image = sharp(data, { raw: { width, height, channels: 4 } });
  const [made, mediaType] =
    format === "jpeg" && asJpeg
      ? [
          image.flatten({ background: "#fff" }).jpeg({ quality: 95, chromaSubsampling: "4:4:4" }),
          "image/jpeg",
        ]
      : format === "webp"
        ? [image.webp({ lossless: true, exact: true }), "image/webp"]
        : [image.png(), "image/png"];
  return { bytes: new Uint8Array(await made.toBuffer()), mediaType };
}
