import { describe, expect, it } from "vitest";
import { readCreated, readUsage } from "./read-usage.ts";

describe("readUsage", () => {
  it.each([
    ["dollars", { cost: 0.04 }, 0.04],
    ["ticks", { cost_in_usd_ticks: 200_000_000 }, 0.02],
    ["a text", { cost: "0.04" }, 0.04],
    ["a negative amount", { cost: -1 }, undefined],
    ["an amount in words", { cost: "4 cents" }, undefined],
  ])("reads the cost that the server reports: %s", (_, usage, costUsd) => {
    expect(readUsage({ input_tokens: 1, ...usage })?.costUsd).toBe(costUsd);
  });

  it.each<[string, unknown, unknown]>([
    ["beside the images", { cost: 0.04, credits_cost: 4 }, { costUsd: 0.04, costCredits: 4 }],
    ["in the task", { data: { cost: "0.04" } }, { costUsd: 0.04 }],
    ["in a list of tasks", { data: [{ credits_cost: "4" }] }, { costCredits: 4 }],
    ["in a result", { result: { cost: 0 } }, { costUsd: 0 }],
    ["nowhere", { data: [] }, undefined],
  ])("reads a cost that is %s", (_, response, expected) => {
    expect(readUsage(undefined, response)).toEqual(expected);
  });

  it("reads no usage in a text with more values than a response has", () => {
    const values = (count: number) => `{"total_tokens":3,"more":[${"0,".repeat(count)}0]}`;
    expect(readUsage(values(99_000))).toEqual({ totalTokens: 3 });
    expect(readUsage(values(100_000))).toBeUndefined();
  });

  it("prefers the cost in `usage`", () => {
    expect(readUsage({ cost: 1 }, { cost: 2 })).toEqual({ costUsd: 1 });
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
    [
      "whose numbers are texts",
      { input_tokens: "5", output_tokens: "7", input_tokens_details: { image_tokens: "3" } },
      { inputTokens: 5, outputTokens: 7, totalTokens: 12, inputImageTokens: 3 },
    ],
    ["that is JSON in a text", '{"total_tokens":"3"}', { totalTokens: 3 }],
    ["that is odd", { input_tokens: "5 tokens", output_tokens: -1, total_tokens: 1.5 }, undefined],
    ["that is missing", undefined, undefined],
    ["that is a text", "many", undefined],
  ])("reads usage %s", (_, usage, expected) => {
    expect(readUsage(usage)).toEqual(expected);
  });
});

describe("readCreated", () => {
  it.each<[unknown, number | undefined]>([
    [7, 7],
    [0, 0],
    ["1752342393", 1752342393],
    [1752342393880, 1752342393.88],
    ["2025-07-12T17:46:33Z", 1752342393],
    ["soon", undefined],
    [null, undefined],
    [-1, undefined],
  ])("reads %j as %j", (value, expected) => {
    expect(readCreated(value)).toBe(expected);
  });

  it("takes the first that says when", () => {
    expect(readCreated(undefined, "", "8")).toBe(8);
  });
});
