import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Constraint } from "../spec-types.ts";
import { mergeConstraints } from "./merge-constraints.ts";

const limit = fc.integer({ min: 0, max: 9 });
const constraints: fc.Arbitrary<Constraint> = fc.record(
  {
    enum: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1 }).map((list) => list.sort()),
    minimum: limit,
    maximum: limit,
    minLength: limit,
    maxLength: limit,
    minItems: limit,
    maxItems: limit,
  },
  { requiredKeys: [] },
);

/** Returns whether a number satisfies a constraint. */
const satisfies = (value: number, rule: Constraint) =>
  !rule.refused &&
  (rule.enum === undefined || rule.enum.includes(value)) &&
  value >= (rule.minimum ?? value) &&
  value <= (rule.maximum ?? value);

describe("mergeConstraints", () => {
  it("lets through exactly what both let through, whichever comes first", () => {
    fc.assert(
      fc.property(constraints, constraints, limit, (a, b, value) => {
        expect(satisfies(value, mergeConstraints(a, b))).toBe(satisfies(value, a) && satisfies(value, b));
        expect(mergeConstraints(a, b)).toEqual(mergeConstraints(b, a));
        expect(mergeConstraints(a, a)).toEqual(a);
      }),
    );
  });

  it("preserves a refusal regardless of other rules", () => {
    fc.assert(
      fc.property(constraints, (other) => {
        expect(mergeConstraints({ refused: true }, other)).toEqual({ refused: true });
        expect(mergeConstraints(other, { refused: true })).toEqual({ refused: true });
      }),
    );
  });
});
