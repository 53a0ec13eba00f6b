import type { Constraint } from "../spec-types.ts";

const tighter = (a: number | undefined, b: number | undefined, pick: (...values: number[]) => number) =>
  a === undefined ? b : b === undefined ? a : pick(a, b);

/** Merges two constraints that must both hold: the tighter rule wins. */
export function mergeConstraints(a: Constraint, b: Constraint): Constraint {
  const merged: Constraint = { ...a, ...b };
  if (a.enum && b.enum) merged.enum = b.enum.filter((value) => a.enum?.includes(value));
  if (a.type === "integer" || b.type === "integer") merged.type = "integer";
  const minimum = tighter(a.minimum, b.minimum, Math.max);
  const maximum = tighter(a.maximum, b.maximum, Math.min);
  const minLength = tighter(a.minLength, b.minLength, Math.max);
  const maxLength = tighter(a.maxLength, b.maxLength, Math.min);
  const minItems = tighter(a.minItems, b.minItems, Math.max);
  const maxItems = tighter(a.maxItems, b.maxItems, Math.min);
  if (minimum !== undefined) merged.minimum = minimum;
  if (maximum !== undefined) merged.maximum = maximum;
  if (minLength !== undefined) merged.minLength = minLength;
  if (maxLength !== undefined) merged.maxLength = maxLength;
  if (minItems !== undefined) merged.minItems = minItems;
  if (maxItems !== undefined) merged.maxItems = maxItems;
  return a.refused || b.refused ? { refused: true } : merged;
}
