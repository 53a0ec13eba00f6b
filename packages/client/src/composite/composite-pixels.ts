import {
  clipBox,
  eachRow,
  editedBox,
  type MaskPlane,
  type Pause,
  type PixelBox,
  type PixelSize,
  type Pixels,
} from "./pixels.ts";
import { resamplePixels } from "./resample.ts";
import { softEdge } from "./soft-edge.ts";

/** How much the model changed outside the mask, where the original is kept. */
export interface Drift {
  /** Mean absolute difference per channel outside the mask, 0 to 255. */
  readonly meanDifference: number;
  /** Share of the pixels outside the mask that differ by more than 8 of 255 in a channel, 0 to 1. */
  readonly changedShare: number;
}

/** Input of {@link compositePixels}. */
export interface CompositeInput {
  /** The original, or a part of it; its pixels inside the mask are replaced. */
  readonly original: Pixels;
  /** The mask of `original`, in the same size. */
  readonly mask: MaskPlane;
  readonly result: Pixels;
  /** Where the result belongs, in pixels of `original`: what was sent. All of `original` by default. */
  readonly frame?: PixelBox | undefined;
  /** Width of the soft edge, inside the mask. Default: 1/256 of the shorter side of `frame`, less for thin strokes. */
  readonly featherPx?: number | undefined;
  readonly pause?: Pause | undefined;
}

/** Largest difference of a channel that is not visible. */
const invisible = 8;

/** Returns whether two sizes have the same aspect ratio, within 1 %. */
export function hasSameRatio(
  a: { readonly width: number; readonly height: number },
  b: { readonly width: number; readonly height: number },
): boolean {
  return Math.abs((a.width / a.height) * (b.height / b.width) - 1) < 0.01;
}

/**
 * Puts a result into its original, in place and at the original's resolution: only pixels inside the mask change, and the
 * edge is soft inward. Every pixel outside the mask stays exactly as it is. Returns the drift there.
 *
 * @example
 * const { meanDifference } = await compositePixels({ original, mask, result, frame: plan.box });
 */
export async function compositePixels(input: CompositeInput): Promise<Drift> {
  const { original, mask, result, featherPx, pause } = input;
  const frame = input.frame ?? { x: 0, y: 0, width: original.width, height: original.height };
  /** Maps a part of the original to the result. */
  const toResult = (part: PixelBox): PixelBox => {
    const across = result.width / frame.width;
    const down = result.height / frame.height;
    return {
      x: (part.x - frame.x) * across,
      y: (part.y - frame.y) * down,
      width: part.width * across,
      height: part.height * down,
    };
  };
  const drift = await measureDrift(input, frame, toResult);
  const box = editedBox(mask);
  if (box === undefined) return drift;
  const usualPx = Math.min(frame.width, frame.height) / 256;
  const shares = await softEdge(mask, box, { featherPx, usualPx }, pause);
  const edited = await resamplePixels(result, toResult(box), box, pause);
  const blendRow = (y: number) => {
    for (let x = 0; x < box.width; x += 1) {
      const from = y * box.width + x;
      const share = shares[from] ?? 0;
      if (share > 0)
        blend(original.data, 4 * ((box.y + y) * original.width + box.x + x), edited.data, 4 * from, share);
    }
  };
  await eachRow(0, box.height, box.width, blendRow, pause);
  return drift;
}

type Channels = Uint8Array | Uint8ClampedArray;

/** Blends one pixel: colors by their alpha, because a transparent pixel has none. */
function blend(into: Channels, at: number, from: Channels, source: number, share: number): void {
  const oldAlpha = into[at + 3] ?? 0;
  const newAlpha = from[source + 3] ?? 0;
  const oldWeight = oldAlpha * (255 - share);
  const newWeight = newAlpha * share;
  const sum = oldWeight + newWeight;
  for (let channel = 0; channel < 3; channel += 1) {
    const color = (into[at + channel] ?? 0) * oldWeight + (from[source + channel] ?? 0) * newWeight;
    into[at + channel] = sum === 0 ? 0 : Math.round(color / sum);
  }
  into[at + 3] = Math.round(sum / 255);
}

/** Compares outside the mask, in the smaller of both resolutions: enlarging a result is not drift. */
async function measureDrift(
  { original, mask, result, pause }: CompositeInput,
  frame: PixelBox,
  toResult: (part: PixelBox) => PixelBox,
): Promise<Drift> {
  const part = clipBox(frame, original);
  if (part.width === 0 || part.height === 0) return { meanDifference: 0, changedShare: 0 };
  const scale = Math.min(1, result.width / frame.width, result.height / frame.height);
  const size = {
    width: Math.max(1, Math.round(part.width * scale)),
    height: Math.max(1, Math.round(part.height * scale)),
  };
  const before = await resamplePixels(original, part, size, pause);
  const after = await resamplePixels(result, toResult(part), size, pause);
  const isKept = keptTest(mask, part, size);
  let kept = 0;
  let changed = 0;
  let sum = 0;
  const compareRow = (y: number) => {
    for (let x = 0, at = 4 * y * size.width; x < size.width; x += 1, at += 4) {
      if (!isKept(x, y)) continue;
      const red = Math.abs((before.data[at] ?? 0) - (after.data[at] ?? 0));
      const green = Math.abs((before.data[at + 1] ?? 0) - (after.data[at + 1] ?? 0));
      const blue = Math.abs((before.data[at + 2] ?? 0) - (after.data[at + 2] ?? 0));
      sum += red + green + blue;
      kept += 1;
      if (red > invisible || green > invisible || blue > invisible) changed += 1;
    }
  };
  await eachRow(0, size.height, size.width, compareRow, pause);
  const round = (value: number) => Math.round(value * 10_000) / 10_000;
  return {
    meanDifference: kept === 0 ? 0 : round(sum / (kept * 3)),
    changedShare: kept === 0 ? 0 : round(changed / kept),
  };
}

/** Returns a test for pixels of a scaled part whose corners and center are kept. */
function keptTest(
  { width, alpha }: MaskPlane,
  part: PixelBox,
  size: PixelSize,
): (x: number, y: number) => boolean {
  /** First, middle and last pixel below each pixel of the scaled part. */
  const below = (from: number, length: number, target: number) =>
    Int32Array.from({ length: 3 * target }, (_, at) => {
      const place = Math.floor(at / 3) + (at % 3) * 0.4995;
      return from + Math.min(length - 1, Math.floor((place * length) / target));
    });
  const columns = below(part.x, part.width, size.width);
  const rows = below(part.y, part.height, size.height);
  return (x, y) => {
    const left = columns[3 * x] ?? 0;
    const right = columns[3 * x + 2] ?? 0;
    const top = (rows[3 * y] ?? 0) * width;
    const bottom = (rows[3 * y + 2] ?? 0) * width;
    return (
      alpha[(rows[3 * y + 1] ?? 0) * width + (columns[3 * x + 1] ?? 0)] !== 0 &&
      alpha[top + left] !== 0 &&
      alpha[top + right] !== 0 &&
      alpha[bottom + left] !== 0 &&
      alpha[bottom + right] !== 0
    );
  };
}
