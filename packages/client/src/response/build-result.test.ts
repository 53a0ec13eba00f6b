import { describe, expect, it } from "vitest";
import { readUsage } from "./build-result.ts";

describe("readUsage", () => {
  it.each([
    ["dollars", { cost: 0.04 }, 0.04],
    ["ticks", { cost_in_usd_ticks: 200_000_000 }, 0.02],
    ["a text", { cost: "0.04" }, undefined],
    ["a negative amount", { cost: -1 }, undefined],
  ])("reads the cost that the server reports: %s", (_, usage, costUsd) => {
    expect(readUsage({ input_tokens: 1, ...usage })?.costUsd).toBe(costUsd);
  });

  it.each([
    [
      "of images",
      {
        input_tokens: 5,
        output_tokens: 7,
        total_tokens: 12,
        input_tokens_details: { text_tokens: 2, image_tokens: 3 },
      },
      { inputTokens: 5, outputTokens: 7, totalTokens: 12, inputTextTokens: 2, inputImageTokens: 3 },
    ],
    [
      "of chats",
      { prompt_tokens: 5, completion_tokens: 7 },
      { inputTokens: 5, outputTokens: 7, totalTokens: 12 },
    ],
    [
      "of gateways that fill the other names with 0",
      { input_tokens: 0, prompt_tokens: 5, output_tokens: 0, completion_tokens: 0, total_tokens: 5 },
      { inputTokens: 5, outputTokens: 0, totalTokens: 5 },
    ],
    ["that is partly there", { total_tokens: 3 }, { totalTokens: 3 }],
    ["that is odd", { input_tokens: "5", output_tokens: -1, total_tokens: 1.5 }, undefined],
    ["that is missing", undefined, undefined],
    ["that is a text", "many", undefined],
  ])("reads usage %s", (_, usage, expected) => {
    expect(readUsage(usage)).toEqual(expected);
  });
});
