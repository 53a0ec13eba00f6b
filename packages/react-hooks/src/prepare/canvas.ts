/** Draws a picture on a new canvas, `scale` times as large. */
export function drawScaled(bitmap: ImageBitmap, scale: number): HTMLCanvasElement {
  return drawAt(bitmap, {
    width: Math.max(1, Math.round(bitmap.width * scale)),
    height: Math.max(1, Math.round(bitmap.height * scale)),
  });
}

/** Draws a picture on a new canvas of a given size. */
export function drawAt(bitmap: ImageBitmap, size: { width: number; height: number }): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = contextOf(canvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, size.width, size.height);
  return canvas;
}

/** Tells whether any pixel lets something shine through. */
export function hasTransparency(canvas: HTMLCanvasElement): boolean {
  const { data } = readPixels(canvas);
  for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 0) < 255) return true;
  return false;
}

/** Reads all pixels. */
export function readPixels(canvas: HTMLCanvasElement): ImageData {
  return contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
}

/** Encodes a canvas. A browser that does not know the type gives PNG, and the blob's type says so. */
export async function encodeCanvas(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
  if (blob === null) {
    throw new Error(
      `This browser can not encode a picture of ${canvas.width}x${canvas.height}. Give \`prepare\` a smaller \`maxEdgePx\`.`,
    );
  }
  return blob;
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) {
    throw new Error(
      `This browser has no canvas of ${canvas.width}x${canvas.height}. Give \`prepare\` a smaller \`maxEdgePx\`.`,
    );
  }
  return context;
}
