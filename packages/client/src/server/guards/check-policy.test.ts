import { describe, expect, it } from "vitest";
import type { Problem } from "../../errors/errors.ts";
import { enforcePolicy, preflightError } from "./check-policy.ts";

type Policy = Parameters<typeof enforcePolicy>[1];

const enforce = (params: Record<string, unknown>, policy: Policy, model?: string) => () =>
  enforcePolicy({ params, model }, policy);

describe(enforcePolicy, () => {
  it.each<[string, Record<string, unknown>, Policy, string?]>([
    ["anything without a policy", { n: 10, size: "x" }, {}],
    ["a model of the list", {}, { allow: { models: ["a", "b"] } }, "b"],
    ["a forced model that is not on the list", {}, { allow: { models: ["a"] }, force: { model: "b" } }, "b"],
    ["no size where auto is allowed", {}, { allow: { sizes: ["auto"] } }],
    ["an empty size where auto is allowed", { size: "" }, { allow: { sizes: ["auto"] } }],
    ["a size of the list", { size: "512x512" }, { allow: { sizes: ["auto", "512x512"] } }],
    [
      "a forced size that is not on the list",
      { size: "1x1" },
      { allow: { sizes: [] }, force: { size: "1x1" } },
    ],
    ["as many results as the limit", { n: 2 }, { limits: { maxN: 2 } }],
    ["no `n` with a limit", {}, { limits: { maxN: 0 } }],
    ["an `n` that is text, which preflight reports", { n: "9" }, { limits: { maxN: 2 } }],
    ["as many images as the limit", { image: [1, 2] }, { limits: { maxImages: 2 } }],
    ["a prompt as long as the limit in code points", { prompt: "a😀" }, { limits: { maxPromptLength: 2 } }],
    ["no prompt, which preflight reports", {}, { limits: { maxPromptLength: 0 } }],
  ])("allows %s", (_, params, policy, model) => {
    expect(enforce(params, policy, model)).not.toThrow();
  });

  const models = { allow: { models: ["a", "b"] } };
  const sizes = { allow: { sizes: ["auto"] } };
  it.each<[string, Record<string, unknown>, Policy, string | undefined, string, string, string]>([
    [
      "a model off the list",
      {},
      models,
      "c",
      "not_allowed",
      "model",
      "`model` is not one that this server allows. Give one of `a`, `b`.",
    ],
    ["no model", {}, models, undefined, "not_allowed", "model", "`model` is missing. Give one of `a`, `b`."],
    [
      "a size",
      { size: "1x1" },
      sizes,
      "a",
      "not_allowed",
      "size",
      "`size` is not one that this server allows. Give one of `auto`.",
    ],
    [
      "any size",
      {},
      { allow: { sizes: [] } },
      "a",
      "not_allowed",
      "size",
      "`size` is not one that this server allows. It allows none.",
    ],
    [
      "too many results",
      { n: 3 },
      { limits: { maxN: 2 } },
      "a",
      "over_limit",
      "n",
      "`n` is 3, but this server allows at most 2.",
    ],
    [
      "too many images",
      { image: [1, 2, 3] },
      { limits: { maxImages: 2 } },
      "a",
      "over_limit",
      "image",
      "`image` has 3 images, but this server allows at most 2.",
    ],
    [
      "a long prompt",
      { prompt: "a😀b" },
      { limits: { maxPromptLength: 2 } },
      "a",
      "over_limit",
      "prompt",
      "`prompt` is 3 characters long, but this server allows at most 2.",
    ],
  ])("rejects %s", (_, params, policy, model, code, param, message) => {
    expect(enforce(params, policy, model)).toThrow(
      expect.objectContaining({ status: 400, code, param, message }),
    );
  });
});

describe(preflightError, () => {
  const problem = (severity: Problem["severity"], field: string): Problem =>
    ({ severity, field, code: "missing", message: `\`${field}\` is missing.`, params: {} }) as never; // any problem

  it("reports all errors, the first by its field, and no warning", () => {
    const problems = [problem("warning", "size"), problem("error", "prompt"), problem("error", "image")];
    expect(preflightError(problems)).toMatchObject({
      status: 400,
      code: "missing",
      param: "prompt",
      message: "`prompt` is missing.\n`image` is missing.",
    });
  });
});
