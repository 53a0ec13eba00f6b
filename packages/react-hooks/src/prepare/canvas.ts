/** Draws an image on a new canvas, scaled by `scale`. */
export function drawScaled(bitmap: ImageBitmap, scale: number): HTMLCanvasElement {
  return drawAt(bitmap, {
    width: Math.max(1, Math.round(bitmap.width * scale)),
    height: Math.max(1, Math.round(bitmap.height * scale)),
  });
}

/** Draws an image on a new canvas of a given size. */
export function drawAt(bitmap: ImageBitmap, size: { width: number; height: number }): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = contextOf(canvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, size.width, size.height);
  return canvas;
}

/** Returns whether any pixel is not fully opaque. */
export function hasTransparency(canvas: HTMLCanvasElement): boolean {
  const { data } = readPixels(canvas);
  for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 0) < 255) return true;
  return false;
}

/** Reads all pixels. */
export function readPixels(canvas: HTMLCanvasElement): ImageData {
  return contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
}

/** Encodes a canvas. A browser that does not know the type returns PNG, as the type of the blob says. */
export async function encodeCanvas(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
  if (blob === null) {
    throw new Error(
      `This browser cannot encode an image of ${canvas.width}x${canvas.height}. Reduce \`prepare.maxEdgePx\`.`,
    );
  }
  return blob;
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) {
    throw new Error(
      `This browser cannot create a canvas of ${canvas.width}x${canvas.height}. Reduce \`prepare.maxEdgePx\`.`,
    );
  }
  return context;
}
