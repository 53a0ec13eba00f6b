import type { SizeRule } from "../models/limit-types.ts";
import { limitsOf } from "../models/limits.ts";
import type { PixelSize } from "./pixels.ts";

/** Sizes that a model can make: those it lists, or any within a rule. Neither: its sizes are not known. */
export interface ModelSizes {
  /** The model takes no `size`. */
  readonly isRefused: boolean;
  readonly rule: SizeRule | undefined;
  readonly listed: readonly PixelSize[];
}

/** Returns the sizes that a model can make, from the limits of the spec. */
export function modelSizes(model: string | undefined): ModelSizes {
  const rules = limitsOf(model).fields["size"] ?? [];
  return {
    isRefused: rules.some((rule) => rule.refused === true && rule.severity === "error"),
    rule: rules.find((rule) => rule.size !== undefined)?.size,
    listed: rules.flatMap((rule) => rule.enum ?? []).flatMap((text) => parseSize(text) ?? []),
  };
}

/** Parses `1536x1024`; `undefined` for anything else, such as `auto`. */
export function parseSize(text: unknown): PixelSize | undefined {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(String(text)) ?? [];
  return width === undefined || height === undefined
    ? undefined
    : { width: Number(width), height: Number(height) };
}

/**
 * Returns the size of a model that is closest to an image: the listed one by aspect ratio first, then by area; or the
 * image's own within the rule. `undefined` when the model's sizes are not known, or when it takes none.
 *
 * @example
 * fitSize({ width: 4000, height: 3000 }, modelSizes("gpt-image-1")); // { width: 1536, height: 1024 }
 */
export function fitSize(size: PixelSize, { isRefused, rule, listed }: ModelSizes): PixelSize | undefined {
  if (isRefused) return undefined;
  return rule === undefined ? nearest(size, listed) : fitRule(size, rule);
}

function nearest(size: PixelSize, listed: readonly PixelSize[]): PixelSize | undefined {
  const ratio = Math.log(size.width / size.height);
  const scored = listed.map((choice) => {
    const shape = Math.abs(Math.log(choice.width / choice.height) - ratio);
    const area = Math.abs(Math.log((choice.width * choice.height) / (size.width * size.height)));
    return { choice, score: shape * 1000 + area };
  });
  return scored.sort((a, b) => a.score - b.score)[0]?.choice;
}

/** Scales a size to fit a rule of multiples, ratio, longest edge and pixels. */
function fitRule(
  size: PixelSize,
  { multipleOf, maxRatio, maxEdgePx, minPixels = 1, maxPixels }: SizeRule,
): PixelSize {
  let { width, height } = size;
  if (width / height > maxRatio) height = width / maxRatio;
  if (height / width > maxRatio) width = height / maxRatio;
  const enlarged = Math.max(1, Math.sqrt(minPixels / (width * height)));
  const scale = Math.min(
    enlarged,
    maxEdgePx / Math.max(width, height),
    Math.sqrt(maxPixels / (width * height)),
  );
  // Rounding down could fall below the fewest pixels.
  const round = enlarged > 1 ? Math.ceil : Math.floor;
  const snap = (edge: number) => Math.max(multipleOf, round((edge * scale) / multipleOf) * multipleOf);
  let [w, h] = [snap(width), snap(height)];
  // Rounding one edge down can exceed the ratio slightly.
  while (w / h > maxRatio) w -= multipleOf;
  while (h / w > maxRatio) h -= multipleOf;
  while (w * h < minPixels) {
    if (w <= h) w += multipleOf;
    else h += multipleOf;
  }
  return { width: w, height: h };
}
