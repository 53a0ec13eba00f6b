/** A width and a height in pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels from the upper left corner; it may extend beyond its image. */
export interface PixelBox extends PixelSize {
  readonly x: number;
  readonly y: number;
}

/** Decoded image: 8-bit sRGB as RGBA, row by row, alpha not premultiplied. */
export interface Pixels extends PixelSize {
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Alpha of a mask, row by row: 0 is edited, 255 is preserved. A `Mask` is one. */
export interface MaskPlane extends PixelSize {
  readonly alpha: Uint8Array | Uint8ClampedArray;
}

/** Lets other work run between two slices of a long computation. Without it, the computation does not stop. */
export type Pause = () => Promise<void>;

/** Pixels of one slice: a few milliseconds of work. */
const slicePixels = 2 ** 17;

/** Calls `work` for each row from `first` to `end`, with a pause after each slice. */
export async function eachRow(
  first: number,
  end: number,
  width: number,
  work: (y: number) => void,
  pause: Pause | undefined,
): Promise<void> {
  const rows = Math.max(1, Math.floor(slicePixels / Math.max(1, width)));
  for (let y = first; y < end; y += 1) {
    work(y);
    if (pause !== undefined && (y - first) % rows === rows - 1) await pause();
  }
}

/** Returns the smallest box around the edited pixels; `undefined` when there is none. */
export function editedBox({ width, height, alpha }: MaskPlane): PixelBox | undefined {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y += 1) {
    const row = alpha.subarray(y * width, (y + 1) * width);
    const from = row.indexOf(0);
    if (from < 0) continue;
    left = Math.min(left, from);
    right = Math.max(right, row.lastIndexOf(0) + 1);
    top = Math.min(top, y);
    bottom = y + 1;
  }
  return left < right ? { x: left, y: top, width: right - left, height: bottom - top } : undefined;
}

/** Returns the part of a box within an image. */
export function clipBox(box: PixelBox, { width, height }: PixelSize): PixelBox {
  const x = Math.max(0, box.x);
  const y = Math.max(0, box.y);
  return {
    x,
    y,
    width: Math.max(0, Math.min(width, box.x + box.width) - x),
    height: Math.max(0, Math.min(height, box.y + box.height) - y),
  };
}
