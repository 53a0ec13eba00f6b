import type { ProblemParams } from "../errors/problem-messages.ts";
import { toShownValue } from "../errors/shown-value.ts";
import { isBlobLike } from "../media/blob-like.ts";
import type { FieldRule, SizeRule } from "../models/limit-types.ts";

type FieldCode = "refused" | "not_allowed" | "wrong_type" | "out_of_range" | "too_short" | "too_long";

/** What is wrong with a value: a code and its parameters. */
export type FieldProblem = {
  readonly [Code in FieldCode]: { readonly code: Code; readonly params: ProblemParams[Code] };
}[FieldCode];

/** Checks one value that will be sent against one rule of its model. */
export function checkField(value: unknown, rule: FieldRule): FieldProblem | undefined {
  if (rule.refused) return { code: "refused", params: {} };
  const { enum: allowed, size, type, minLength = 0, maxLength, minimum, maximum, pattern } = rule;
  if (allowed || size) {
    const isAllowed = allowed?.some((one) => one === value) || (size && isSize(value, size));
    return isAllowed
      ? undefined
      : { code: "not_allowed", params: { actual: toShownValue(value), allowed, size } };
  }
  if (type === "boolean") {
    return typeof value === "boolean"
      ? undefined
      : { code: "wrong_type", params: { actual: toShownValue(value), expected: "boolean" } };
  }
  if (type) {
    const isRight =
      typeof value === "number" &&
      (type === "number" ? Number.isFinite(value) : Number.isSafeInteger(value)) &&
      value >= (minimum ?? value) &&
      value <= (maximum ?? value);
    return isRight
      ? undefined
      : { code: "out_of_range", params: { actual: toShownValue(value), type, minimum, maximum } };
  }
  // `[...text]` counts code points, as JSON Schema does; UTF-16 counts half of the emoji twice.
  // Its units are at least half as many, and most texts are far below the limit.
  const units = typeof value === "string" ? value.length : 0;
  const isShort = units >= 2 * minLength && units <= (maxLength ?? units);
  const length = isShort || typeof value !== "string" ? units : [...value].length;
  if (length < minLength) return { code: "too_short", params: {} };
  if (maxLength !== undefined && length > maxLength)
    return { code: "too_long", params: { length, maxLength } };
  return pattern === undefined || new RegExp(pattern, "u").test(String(value))
    ? undefined
    : { code: "not_allowed", params: { actual: toShownValue(value), pattern } };
}

function isSize(
  value: unknown,
  { multipleOf, maxRatio, maxEdgePx, minPixels = 1, maxPixels }: SizeRule,
): boolean {
  const [, width, height] = /^([1-9]\d{0,5})x([1-9]\d{0,5})$/.exec(String(value))?.map(Number) ?? [];
  if (!width || !height) return false;
  const [short, long] = width < height ? [width, height] : [height, width];
  const pixels = short * long;
  const isWithin =
    long <= maxEdgePx && long <= short * maxRatio && pixels >= minPixels && pixels <= maxPixels;
  return isWithin && short % multipleOf === 0 && long % multipleOf === 0;
}

/** Returns whether a value of `extra` is a file; plain objects and lists are mistakes, which preflight reports. */
export function isFile(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return (
    Object.prototype.toString.call(value) !== "[object Object]" || "chunks" in value || isBlobLike(value)
  );
}
