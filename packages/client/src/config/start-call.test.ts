import { describe, expect, it } from "vitest";
import { checkCallOptions } from "./start-call.ts";

describe(checkCallOptions, () => {
  it("rejects a `signal` that is not an `AbortSignal`", () => {
    expect(() => checkCallOptions({ signal: {} as never })).toThrow("`signal` must be an `AbortSignal`");
    expect(() => checkCallOptions({ signal: new AbortController().signal })).not.toThrow();
  });

  it("rejects an idempotency key that a header cannot carry", () => {
    expect(() => checkCallOptions({ idempotencyKey: "a\nb" })).toThrow("line break");
  });
});
