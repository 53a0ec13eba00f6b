import { describe, expect, it } from "vitest";
import { checkCall } from "../check-call.ts";

describe(checkCall, () => {
  it("refuses what is no signal", () => {
    expect(() => checkCall({ signal: {} as never })).toThrow("`signal` is no `AbortSignal`");
    expect(() => checkCall({ signal: new AbortController().signal })).not.toThrow();
  });

  it("refuses an idempotency key that no header can carry", () => {
    expect(() => checkCall({ idempotencyKey: "a\nb" })).toThrow("line break");
  });
});
