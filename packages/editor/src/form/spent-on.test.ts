import type { Run } from "@retouch/react-hooks";
import { describe, expect, it } from "vitest";
import { spentOn } from "./spent-on.ts";

const run = (fields: Partial<Run>) => ({ params: { model: "gpt-image-1" }, ...fields }) as Run;
const usage = { inputTokens: 1000, outputTokens: 1000, inputTextTokens: 0, inputImageTokens: 1000 };

describe(spentOn, () => {
  it("adds the server's own figures and the prices of tokens, and counts what it cannot know", () => {
    const runs = [
      run({ status: "success", costUsd: 0.25 }),
      run({ status: "success", usage: usage as Run["usage"] }), // 1000 at 10 and 1000 at 40 dollars per million
      run({ status: "success", params: { model: "flux-kontext-pro" } }),
      run({ status: "error", outcome: "unknown" }),
      run({ status: "canceled", outcome: "unknown" }),
      run({ status: "error", outcome: "rejected" }),
      run({ status: "canceled", outcome: "not-sent" }),
      run({ status: "processing" }),
    ];
    expect(spentOn(runs)).toEqual({ usd: 0.25 + 0.05, unpriced: 1, unknown: 2 });
  });
});
