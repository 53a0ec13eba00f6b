import { limitsOf } from "@retouch/client/node";
import { usageError } from "../errors/cli-error.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Returns the listed size closest to the input: by aspect ratio first, then by area. */
function nearest(size: Size, choices: readonly string[]): string | undefined {
  const ratio = Math.log(size.width / size.height);
  const scored = choices.flatMap((text) => {
    const parts = /^(\d+)x(\d+)$/.exec(text);
    if (parts === null) return [];
    const [width, height] = [Number(parts[1]), Number(parts[2])];
    const shape = Math.abs(Math.log(width / height) - ratio);
    const area = Math.abs(Math.log((width * height) / (size.width * size.height)));
    return [{ text, score: shape * 1000 + area }];
  });
  return scored.sort((a, b) => a.score - b.score)[0]?.text;
}

/** Returns the input's own size, scaled to fit a rule of multiples, ratio, longest edge and pixels. */
function fitted(
  size: Size,
  rule: { multipleOf: number; maxRatio: number; maxEdgePx: number; minPixels?: number; maxPixels: number },
): string {
  const { multipleOf, maxRatio, maxEdgePx, minPixels = 1, maxPixels } = rule;
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
  return `${w}x${h}`;
}

/**
 * Resolves `--size match-input` to a size that the model accepts: the closest one listed, or the input's own within its
 * rule. A model without known sizes gets the input's own size.
 */
export function matchInputSize(model: string | undefined, size: Size): string {
  const rules = limitsOf(model).fields["size"] ?? [];
  const refused = rules.some((rule) => rule.refused === true && rule.severity === "error");
  if (refused) throw usageError(`\`${model}\` takes no size. Remove \`--size match-input\`.`);
  const free = rules.find((rule) => rule.size !== undefined)?.size;
  if (free !== undefined) return fitted(size, free);
  const listed = rules.flatMap((rule) => rule.enum ?? []).map(String);
  return nearest(size, listed) ?? `${size.width}x${size.height}`;
}
