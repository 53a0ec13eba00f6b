import type { ImageCodec } from "../edit-job.ts";

/**
 * Decodes like the libraries of real servers: they ignore stray bytes between the segments of a JPEG, and a missing end
 * marker. With one added, a JPEG of which more is missing still warns.
 */
async function decodeJpegWithoutEnd<Decoded>(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array, failOn: "error" | "warning") => Promise<Decoded>,
): Promise<Decoded> {
  try {
    return await decode(bytes, "error");
  } catch (error) {
    if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw error;
    return decode(withEndMarker(bytes), "warning").catch(() => Promise.reject(error));
  }
}

function withEndMarker(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length + 2);
  whole.set(bytes);
  whole.set([0xff, 0xd9], bytes.length);
  return whole;
}

/** Loads the codec of sharp. Resolves with `undefined` where it is not installed. Loaded late: it is 20 MB. */
export async function loadSharpCodec(): Promise<ImageCodec | undefined> {
  const sharp = await import("sharp").then(
    (module) => module.default,
    () => undefined,
  );
  if (!sharp) return undefined;
  return {
    async decode(bytes, size) {
      const { data, info } = await decodeJpegWithoutEnd(bytes, (whole, failOn) => {
        let image = sharp(whole, { limitInputPixels: 120_000_000, failOn }).autoOrient();
        if (size) image = image.resize(size.width, size.height, { fit: "fill" });
        return image
          .toColourspace("srgb")
          .ensureAlpha()
          .raw({ depth: "uchar" })
          .toBuffer({ resolveWithObject: true });
      });
      return {
        width: info.width,
        height: info.height,
        data: new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length),
      };
    },
    async encode({ width, height, data }, format, compression = 100) {
      let opaque = true;
      for (let index = 3; index < data.length && opaque; index += 4) opaque = data[index] === 255;
      let image = sharp(data, { raw: { width, height, channels: 4 } });
      if (opaque || format === "jpeg") image = image.flatten({ background: "#ffffff" });
      if (format === "jpeg")
        return image.jpeg({ quality: Math.max(1, compression), chromaSubsampling: "4:4:4" }).toBuffer();
      if (format === "webp") {
        const lossless = compression === 100;
        return image.webp({ quality: compression, lossless, effort: 2, exact: true }).toBuffer();
      }
      return image.png({ compressionLevel: 3 }).toBuffer();
    },
  };
}
