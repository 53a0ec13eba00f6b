import type { RetouchCode } from "../errors/codes.ts";
import { InvalidInputError } from "../errors/errors.ts";
import { encodePng } from "./encode-png.ts";

/** The size of a mask in pixels. */
export interface MaskSize {
  readonly width: number;
  readonly height: number;
}

/** A box in pixels from the upper left corner; fractions are allowed. A pixel is inside when its center is. */
export interface MaskBox extends MaskSize {
  readonly x: number;
  readonly y: number;
}

/**
 * A mutable mask: every pixel is either preserved (alpha 255) or edited (alpha 0), nothing in between. Each method
 * changes this mask and returns it, except `resize`, which returns a new one.
 */
export interface Mask extends MaskSize {
  /** The alpha of every pixel, row by row: 0 is edited, 255 is preserved. */
  readonly alpha: Uint8Array<ArrayBuffer>;
  /**
   * Marks a rectangle to be edited; parts outside the image are ignored.
   *
   * @throws {InvalidInputError} when a value is not a finite number, a side is not positive, or no pixel of the image is inside
   */
  rectangle(box: MaskBox): Mask;
  /**
   * Marks the ellipse inside a box to be edited; parts outside the image are ignored.
   *
   * @throws {InvalidInputError} when a value is not a finite number, a side is not positive, or no pixel of the image is inside
   */
  ellipse(box: MaskBox): Mask;
  /** Swaps edited and preserved pixels. */
  invert(): Mask;
  /**
   * Creates a mask of another size by nearest-neighbor sampling, so that alpha stays 0 or 255.
   *
   * @throws {InvalidInputError} when a side is not a positive integer, or the mask would be too large
   */
  resize(size: MaskSize): Mask;
  /**
   * Encodes the mask as a PNG with an alpha channel, black where it is preserved. `pause` is awaited between slices of a
   * few milliseconds, to keep a page responsive that encodes a large mask outside a worker.
   */
  toPng(options?: { readonly pause?: (() => Promise<void>) | undefined }): Promise<Uint8Array<ArrayBuffer>>;
}

/** 128 megapixels: twice the largest camera image that a model accepts, and half a gigabyte as RGBA. */
const maxPixels = 2 ** 27;

/**
 * Creates a mask that preserves everything, for marking the areas to edit. Pass the size of the image.
 *
 * @throws {InvalidInputError} when a side is not a positive integer, or the mask would be too large
 * @example
 * const mask = createMask({ width: 1024, height: 768 })
 *   .rectangle({ x: 100, y: 80, width: 300, height: 200 })
 *   .ellipse({ x: 600, y: 300, width: 200, height: 200 });
 * await writeFile("mask.png", await mask.toPng());
 */
export function createMask({ width, height }: MaskSize): Mask {
  checkSize(width, height);
  return maskOf(new Uint8Array(width * height).fill(255), width, height);
}

/** Creates a mask that takes ownership of an alpha plane, which must only contain 0 and 255. */
export function maskOf(alpha: Uint8Array<ArrayBuffer>, width: number, height: number): Mask {
  /** Marks, in each row, the pixels whose centers are between `from` and `to`. */
  const mark = (
    name: string,
    box: MaskBox,
    spanAt: (y: number) => readonly [from: number, to: number],
  ): Mask => {
    checkBox(name, box);
    const first = Math.max(0, Math.ceil(box.y - 0.5));
    const last = Math.min(height, Math.ceil(box.y + box.height - 0.5));
    let marked = 0;
    for (let y = first; y < last; y += 1) {
      const [from, to] = spanAt(y + 0.5);
      const left = Math.max(0, Math.ceil(from - 0.5));
      const right = Math.min(width, Math.ceil(to - 0.5));
      if (right <= left) continue;
      alpha.fill(0, y * width + left, y * width + right);
      marked += right - left;
    }
    if (marked > 0) return mask;
    throw maskError(
      "outside",
      `The ${name} covers no pixel of the mask: ${format(box)} is outside ${width}x${height}. Give a box within it.`,
    );
  };
  const mask: Mask = {
    width,
    height,
    alpha,
    rectangle: (box) => mark("rectangle", box, () => [box.x, box.x + box.width]),
    ellipse: (box) =>
      mark("ellipse", box, (y) => {
        const distance = (2 * (y - box.y)) / box.height - 1;
        const half = (box.width / 2) * Math.sqrt(Math.max(0, 1 - distance * distance));
        return [box.x + box.width / 2 - half, box.x + box.width / 2 + half];
      }),
    invert() {
      for (let i = 0; i < alpha.length; i += 1) alpha[i] = 255 - (alpha[i] ?? 0);
      return mask;
    },
    resize(size) {
      checkSize(size.width, size.height);
      const resized = new Uint8Array(size.width * size.height);
      const columns = Uint32Array.from({ length: size.width }, (_, x) =>
        Math.floor(((x + 0.5) * width) / size.width),
      );
      for (let y = 0, at = 0; y < size.height; y += 1) {
        const row = Math.floor(((y + 0.5) * height) / size.height) * width;
        for (const column of columns) {
          resized[at] = alpha[row + column] ?? 255;
          at += 1;
        }
      }
      return maskOf(resized, size.width, size.height);
    },
    toPng: ({ pause } = {}) => encodePng(alpha, width, height, pause),
  };
  return mask;
}

/** @throws {InvalidInputError} when a mask cannot have this size */
export function checkSize(width: number, height: number): void {
  if (!isCount(width) || !isCount(height)) {
    throw maskError(
      "wrong_size",
      `A mask cannot be ${width}x${height}. Give the width and height of the image in pixels, as integers.`,
    );
  }
  if (width * height > maxPixels) {
    throw maskError(
      "wrong_size",
      `A mask of ${width}x${height} is too large: the maximum is ${maxPixels} pixels. Scale the image down first.`,
    );
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function checkBox(name: string, box: MaskBox): void {
  const { x, y, width, height } = box;
  if ([x, y, width, height].every(Number.isFinite) && width > 0 && height > 0) return;
  throw maskError(
    "wrong_size",
    `The ${name} cannot be ${format(box)}. Give x and y as numbers, and a width and height above 0.`,
  );
}

function format({ x, y, width, height }: MaskBox): string {
  return `${width}x${height} at ${x},${y}`;
}

/** Creates the error for an invalid mask; `message` is complete: what was seen, what to do. */
export function maskError(code: RetouchCode, message: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError({ problems: [{ severity: "error", field: "mask", code, message }], cause });
}
