import type { RetouchCode } from "../errors/codes.ts";
import { isBlobLike } from "../media/blob-like.ts";
import type { FieldRule, SizeRule } from "../models/limit-types.ts";

/** What is wrong with a value, less the field's name: `seen` continues "`n` is", `mend` says what to do. */
export interface FieldProblem {
  readonly code: RetouchCode;
  readonly actual: string;
  readonly hint: string;
}

/** Checks one value that will be sent against one rule of its model. */
export function checkField(value: unknown, rule: FieldRule): FieldProblem | undefined {
  if (rule.refused) return { code: "refused", actual: "not a field of this model", hint: "Leave it out." };
  const { enum: allowed, size, type, minLength = 0, maxLength, minimum, maximum, pattern } = rule;
  if (allowed || size) {
    const isAllowed = allowed?.some((one) => one === value) || (size && isSize(value, size));
    const hint = [allowed && `Give ${joinOr(allowed)}${size ? ", or" : "."}`, size && describeSize(size)];
    return isAllowed
      ? undefined
      : { code: "not_allowed", actual: formatValue(value), hint: hint.filter(Boolean).join(" ") };
  }
  if (type === "boolean") {
    return typeof value === "boolean"
      ? undefined
      : { code: "wrong_type", actual: formatValue(value), hint: "Give true or false." };
  }
  if (type) {
    const isRight =
      typeof value === "number" &&
      (type === "number" ? Number.isFinite(value) : Number.isSafeInteger(value)) &&
      value >= (minimum ?? value) &&
      value <= (maximum ?? value);
    const range =
      minimum === undefined ? "" : ` from ${minimum}${maximum === undefined ? "" : ` to ${maximum}`}`;
    const kind = type === "integer" ? "a whole number" : "a number";
    return isRight
      ? undefined
      : { code: "out_of_range", actual: formatValue(value), hint: `Give ${kind}${range}.` };
  }
  // `[...text]` counts code points, as JSON Schema does; UTF-16 counts half of the emoji twice.
  const length = typeof value === "string" ? [...value].length : 0;
  if (length < minLength) return { code: "too_short", actual: "empty", hint: "Give a text." };
  if (maxLength !== undefined && length > maxLength) {
    return { code: "too_long", actual: `${length} characters long`, hint: `Shorten it to ${maxLength}.` };
  }
  return pattern === undefined || new RegExp(pattern, "u").test(String(value))
    ? undefined
    : { code: "not_allowed", actual: formatValue(value), hint: `Give a text that matches ${pattern}.` };
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

function describeSize({ multipleOf, maxRatio, maxEdgePx, minPixels, maxPixels }: SizeRule): string {
  const pixels = minPixels === undefined ? `${maxPixels} pixels` : `${minPixels} to ${maxPixels} pixels`;
  return `WIDTHxHEIGHT in multiples of ${multipleOf}, no edge over ${maxEdgePx}, at most ${maxRatio}:1 and ${pixels}.`;
}

/** Joins values for a sentence: `a`, `b` or `c`. */
export function joinOr(values: readonly (string | number)[]): string {
  const quoted = values.map((value) => `\`${value}\``);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** Shows a value in a message; a text that is no plain word could be a prompt or a key, so only its length is told. */
export function formatValue(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (typeof value !== "string") return Array.isArray(value) ? "a list" : `of type ${typeof value}`;
  return /^[\w.:%-]{1,16}$/.test(value) ? `\`${value}\`` : `a text of ${[...value].length} characters`;
}

/** Returns whether a value of `extra` is a file; plain objects and lists are mistakes, which preflight reports. */
export function isFile(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return (
    Object.prototype.toString.call(value) !== "[object Object]" || "chunks" in value || isBlobLike(value)
  );
}

/** Quotes the name of a field in a message; a name that is not a plain word could be a prompt or a key. */
export function quoteFieldName(name: string): string {
  return /^[\w.[\]-]{1,40}$/.test(name) ? name : "(a name that is no word)";
}
