import type { ImageCodec } from "../edit-job.ts";

/** Loads the codec of sharp. Resolves with `undefined` where it is not installed. Loaded late: it is 20 MB. */
export async function loadSharpCodec(): Promise<ImageCodec | undefined> {
  const sharp = await import("sharp").then(
    (module) => module.default,
    () => undefined,
  );
  if (!sharp) return undefined;
  return {
    async decode(bytes, size) {
      let image = sharp(bytes, { limitInputPixels: 120_000_000 }).autoOrient();
      if (size) image = image.resize(size.width, size.height, { fit: "fill" });
      const { data, info } = await image
        .toColourspace("srgb")
        .ensureAlpha()
        .raw({ depth: "uchar" })
        .toBuffer({ resolveWithObject: true });
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
