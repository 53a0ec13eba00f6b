import type { Pause, PixelBox, PixelSize } from "@retouch/client/composite";

/** A canvas of a worker, or of a page whose browser has none for workers. */
export type Canvas = OffscreenCanvas | HTMLCanvasElement;

/** Pixels that are read at once: more would block a page that has no worker. */
const bandPixels = 2 ** 19;

/** Creates a canvas. */
export function createCanvas({ width, height }: PixelSize): Canvas {
  return typeof OffscreenCanvas === "undefined"
    ? Object.assign(document.createElement("canvas"), { width, height })
    : new OffscreenCanvas(width, height);
}

/** Draws an image on a new canvas, scaled by `scale`. */
export function drawScaled(bitmap: ImageBitmap, scale: number): Canvas {
  return drawAt(bitmap, {
    width: Math.max(1, Math.round(bitmap.width * scale)),
    height: Math.max(1, Math.round(bitmap.height * scale)),
  });
}

/** Draws an image on a new canvas of a given size. */
export function drawAt(bitmap: ImageBitmap, size: PixelSize): Canvas {
  const canvas = createCanvas(size);
  const context = contextOf(canvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, size.width, size.height);
  return canvas;
}

/** Returns whether any pixel is not fully opaque. */
export async function hasTransparency(canvas: Canvas, pause?: Pause): Promise<boolean> {
  const isFound = (data: Uint8ClampedArray): boolean => {
    for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 0) < 255) return true;
    return false;
  };
  return eachBand(canvas, { x: 0, y: 0, width: canvas.width, height: canvas.height }, isFound, pause);
}

/**
 * Reads a part of a canvas or an image in bands of rows, until `work` returns true. Resolves with whether it did. Of an image
 * only a band is drawn at a time: drawing all of a photograph takes longer than a frame.
 */
export async function eachBand(
  source: Canvas | ImageBitmap,
  { x, y, width, height }: PixelBox,
  work: (data: Uint8ClampedArray, row: number) => boolean,
  pause: Pause | undefined,
): Promise<boolean> {
  const rows = Math.max(1, Math.floor(bandPixels / width));
  const drawn = "getContext" in source ? undefined : contextOf(createCanvas({ width, height: rows }));
  for (let row = 0; row < height; row += rows) {
    const count = Math.min(rows, height - row);
    if (drawn !== undefined) {
      drawn.clearRect(0, 0, width, rows);
      drawn.drawImage(source as ImageBitmap, x, y + row, width, count, 0, 0, width, count);
    }
    const { data } =
      drawn?.getImageData(0, 0, width, count) ??
      contextOf(source as Canvas).getImageData(x, y + row, width, count);
    if (work(data, row)) return true;
    await pause?.();
  }
  return false;
}

/** Reads a part of a canvas or an image. */
export async function readPixels(
  source: Canvas | ImageBitmap,
  part: PixelBox,
  pause?: Pause,
): Promise<{ width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> }> {
  const { width, height } = part;
  const data = new Uint8ClampedArray(width * height * 4);
  const copy = (band: Uint8ClampedArray, row: number): boolean => {
    data.set(band, 4 * row * width);
    return false;
  };
  await eachBand(source, part, copy, pause);
  return { width, height, data };
}

/** Writes pixels at a position of a canvas. */
export async function writePixels(
  canvas: Canvas,
  { width, height, data }: PixelSize & { readonly data: Uint8ClampedArray<ArrayBuffer> },
  { x, y }: { readonly x: number; readonly y: number },
  pause?: Pause,
): Promise<void> {
  const context = contextOf(canvas);
  const rows = Math.max(1, Math.floor(bandPixels / width));
  for (let row = 0; row < height; row += rows) {
    const band = data.subarray(4 * row * width, 4 * Math.min(height, row + rows) * width);
    context.putImageData(new ImageData(band, width), x, y + row);
    await pause?.();
  }
}

/** Encodes a canvas. A browser that does not know the type returns PNG, as the type of the blob says. */
export async function encodeCanvas(canvas: Canvas, type: string, quality?: number): Promise<Blob> {
  const blob =
    "convertToBlob" in canvas
      ? await canvas.convertToBlob({ type, ...(quality !== undefined && { quality }) }).catch(() => null)
      : await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
  if (blob === null) {
    throw new Error(
      `This browser cannot encode an image of ${canvas.width}x${canvas.height}. Reduce \`prepare.maxEdgePx\`.`,
    );
  }
  return blob;
}

function contextOf(canvas: Canvas): OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D {
  const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D | null;
  if (context === null) {
    throw new Error(
      `This browser cannot create a canvas of ${canvas.width}x${canvas.height}. Reduce \`prepare.maxEdgePx\`.`,
    );
  }
  return context;
}
