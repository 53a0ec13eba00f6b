import type { FileRule, Rule } from "../spec-types.ts";

export const code = (values: readonly unknown[]) => values.map((value) => `\`${value}\``).join(", ");
const megabytes = (bytes: number) => (bytes % 1_048_576 === 0 ? `${bytes / 1_048_576} MB` : `${bytes} bytes`);

function range(from: number | undefined, to: number | undefined, unit: string): string {
  if (from !== undefined && to !== undefined)
    return from === to ? `${from}${unit}` : `${from} to ${to}${unit}`;
  return from === undefined ? `at most ${to}${unit}` : `at least ${from}${unit}`;
}

/** Says what a field must be. */
export function describeRule(rule: Rule): string {
  if (rule.refused) return "absent";
  const words: string[] = [];
  if (rule.type === "boolean") words.push("`true` or `false`");
  else if (rule.type) words.push(rule.type === "integer" ? "an integer" : "a number");
  if (rule.enum && !rule.size) words.push(`one of ${code(rule.enum)}`);
  if (rule.minimum !== undefined || rule.maximum !== undefined)
    words.push(range(rule.minimum, rule.maximum, ""));
  if (rule.minLength !== undefined || rule.maxLength !== undefined)
    words.push(range(rule.minLength, rule.maxLength, " characters"));
  if (rule.minItems !== undefined || rule.maxItems !== undefined)
    words.push(range(rule.minItems, rule.maxItems, " files"));
  if (rule.size) {
    const { multipleOf, maxRatio, maxEdgePx, minPixels, maxPixels } = rule.size;
    words.push(
      `${code(rule.enum ?? [])}, or WIDTHxHEIGHT with both divisible by ${multipleOf}, a ratio between 1:${maxRatio} and ${maxRatio}:1, ` +
        `no edge above ${maxEdgePx} and ${minPixels === undefined ? "at most" : `${minPixels} to`} ${maxPixels} pixels`,
    );
  } else if (rule.pattern) words.push(`like \`${rule.pattern}\``);
  return words.join(", ");
}

/** Says what the files of a field must be. */
export function describeFiles(rule: FileRule): string {
  const words: string[] = [];
  if (Array.isArray(rule["mediaTypes"])) words.push(code(rule["mediaTypes"]));
  if (typeof rule["belowBytes"] === "number") words.push(`smaller than ${megabytes(rule["belowBytes"])}`);
  if (rule["square"] === true) words.push("square");
  if (rule["sizeOfFirstImage"] === true) words.push("as many pixels each way as the first image");
  if (rule["transparentPixel"] === true)
    words.push("with an alpha channel and at least one fully transparent pixel");
  if (rule["sizeOfUprightFirstImage"] === true)
    words.push("as many pixels each way as the first image has when it is upright");
  if (rule["someTransparency"] === true)
    words.push("with an alpha channel and at least one pixel that is not opaque");
  return words.join(", ");
}
