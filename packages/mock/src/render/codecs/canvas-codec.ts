import type { ImageCodec } from "../edit-job.ts";

/** Loads the codec of browsers, `OffscreenCanvas`. Resolves with `undefined` where there is none. */
export async function loadCanvasCodec(): Promise<ImageCodec | undefined> {
  if (typeof OffscreenCanvas === "undefined" || typeof createImageBitmap === "undefined") return undefined;
  return {
    async decode(bytes, size) {
      const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
        imageOrientation: "from-image",
        premultiplyAlpha: "none",
        colorSpaceConversion: "none",
      });
      const { width, height } = size ?? bitmap;
      const context = drawingContext(width, height);
      context.imageSmoothingQuality = "high";
      context.drawImage(bitmap, 0, 0, width, height);
      bitmap.close();
      const { data } = context.getImageData(0, 0, width, height);
      return { width, height, data };
    },
    async encode({ width, height, data }, format, compression = 100) {
      const context = drawingContext(width, height);
      context.putImageData(new ImageData(data, width, height), 0, 0);
      if (format === "jpeg") {
        context.globalCompositeOperation = "destination-over";
        context.fillStyle = "#ffffff";
        context.fillRect(0, 0, width, height);
      }
      const blob = await context.canvas.convertToBlob({
        type: `image/${format}`,
        quality: compression / 100,
      });
      return new Uint8Array(await blob.arrayBuffer());
    },
  };
}

function drawingContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser has no 2D canvas context.");
  return context;
}
