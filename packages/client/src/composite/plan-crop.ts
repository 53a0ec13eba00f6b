import { fitSize, type ModelSizes, parseSize } from "./model-sizes.ts";
import { clipBox, editedBox, type MaskPlane, type PixelBox, type PixelSize } from "./pixels.ts";

/** Options of {@link planCrop}. */
export interface CropOptions {
  /** The sizes of the model: `modelSizes(model)`. */
  readonly sizes: ModelSizes;
  /** The `size` that the edit asks for. Without it, or with `auto`, the closest of the model is chosen. */
  readonly size?: string | undefined;
  /** Surroundings that the model sees, in pixels on each side. Default: half of the area's longer side, at least 64. */
  readonly marginPx?: number | undefined;
}

/** Part of an image that is sent, and where its result belongs. */
export interface CropPlan {
  /** The part, in pixels of the image. It may extend beyond the image, whose edge pixels then repeat. */
  readonly box: PixelBox;
  /** The size in which the part is sent: never larger than the part. */
  readonly sent: PixelSize;
  /** The `size` to ask for; `undefined` when the model takes none, or its sizes are not known. */
  readonly size: string | undefined;
}

/**
 * Plans the crop around the edited pixels of a mask: with a margin, in a ratio and size that the model can make. Returns
 * `undefined` when no pixel is edited.
 *
 * @example
 * const plan = planCrop(mask, { sizes: modelSizes("gpt-image-1") });
 * await client.edit({ model: "gpt-image-1", image: crop, mask: cropMask(mask, plan), size: plan.size, prompt });
 */
export function planCrop(mask: MaskPlane, { sizes, size, marginPx }: CropOptions): CropPlan | undefined {
  const edited = editedBox(mask);
  if (edited === undefined) return undefined;
  const margin = marginPx ?? Math.max(64, Math.round(Math.max(edited.width, edited.height) / 2));
  // One pixel at least: the soft edge begins where a kept pixel is next to an edited one.
  const wanted = clipBox(grow(edited, Math.max(1, Math.round(margin))), mask);
  const target = parseSize(size) ?? fitSize(roundUp(wanted, sizes), sizes);
  if (target === undefined) return { box: wanted, sent: pick(wanted), size: undefined };
  const box = place(toRatio(wanted, target), wanted, mask);
  const sent = box.width > target.width ? target : pick(box);
  return { box, sent, size: sizes.isRefused ? undefined : `${target.width}x${target.height}` };
}

/**
 * Returns the mask of a crop in the size that is sent. A pixel is edited when any pixel below it is, so that thin strokes
 * survive a reduction.
 */
export function cropMask({ width, height, alpha }: MaskPlane, { box, sent }: CropPlan): MaskPlane {
  const cropped = new Uint8Array(sent.width * sent.height).fill(255);
  const across = box.width / sent.width;
  const down = box.height / sent.height;
  const lefts = new Int32Array(sent.width);
  const rights = new Int32Array(sent.width);
  for (let x = 0; x < sent.width; x += 1) {
    lefts[x] = Math.max(0, Math.floor(box.x + x * across));
    rights[x] = Math.min(width, Math.ceil(box.x + (x + 1) * across));
  }
  const [from = 0] = lefts;
  const to = rights.at(-1) ?? 0;
  for (let y = 0; y < sent.height; y += 1) {
    const top = Math.max(0, Math.floor(box.y + y * down));
    const bottom = Math.min(height, Math.ceil(box.y + (y + 1) * down));
    for (let row = top; row < bottom; row += 1) {
      if (alpha.subarray(row * width + from, row * width + to).indexOf(0) < 0) continue;
      for (let x = 0; x < sent.width; x += 1) {
        const end = row * width + (rights[x] ?? 0);
        for (let at = row * width + (lefts[x] ?? 0); at < end; at += 1)
          if (alpha[at] === 0) cropped[y * sent.width + x] = 0;
      }
    }
  }
  return { ...pick(sent), alpha: cropped };
}

function pick({ width, height }: PixelSize): PixelSize {
  return { width, height };
}

function grow({ x, y, width, height }: PixelBox, by: number): PixelBox {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}

/** Rounds up to what the model makes in any size, so that a result of the same size needs no scaling. */
function roundUp({ width, height }: PixelSize, { rule }: ModelSizes): PixelSize {
  const step = rule?.multipleOf ?? 1;
  return { width: Math.ceil(width / step) * step, height: Math.ceil(height / step) * step };
}

/** Enlarges one side of a box to the ratio of `target`. */
function toRatio({ width, height }: PixelSize, target: PixelSize): PixelSize {
  if (target.width >= width && target.height >= height) {
    const isClose = target.width < width * 1.1 && target.height < height * 1.1;
    if (isClose) return target;
  }
  const ratio = target.width / target.height;
  return width / height < ratio
    ? { width: Math.round(height * ratio), height }
    : { width, height: Math.round(width / ratio) };
}

/** Centers a box on the wanted area, moved into the image as far as it fits. */
function place(size: PixelSize, wanted: PixelBox, image: PixelSize): PixelBox {
  const along = (length: number, from: number, span: number, limit: number): number =>
    length > limit
      ? Math.floor((limit - length) / 2)
      : Math.min(limit - length, Math.max(0, Math.floor(from + (span - length) / 2)));
  return {
    x: along(size.width, wanted.x, wanted.width, image.width),
    y: along(size.height, wanted.y, wanted.height, image.height),
    ...size,
  };
}
