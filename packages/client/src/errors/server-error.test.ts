import { describe, expect, it } from "vitest";
import { createRedactor } from "./redactor.ts";
import { parseServerError } from "./server-error.ts";

describe("parseServerError", () => {
  it.each<[string, unknown]>([
    ["OpenAI's error", { error: { message: "No." } }],
    ["an error that is a text", { error: "No." }],
    ["a message", { message: "No." }],
    ["a msg", { code: 1, msg: "No." }],
    ["a detail", { detail: "No." }],
    ["FastAPI's list of details", { detail: [{ loc: ["body", "size"], msg: "No." }, { msg: "Later." }] }],
    ["a list of errors", { errors: [{ message: "No." }] }],
    ["an error in a list", [{ error: { message: "No." } }]],
  ])("finds the server's message in %s", (_, body) => {
    expect(parseServerError(body).message).toBe("No.");
  });

  it.each<unknown>([
    undefined,
    null,
    [],
    "No.",
    4,
    { error: { message: "" } },
    { detail: [] },
    { detail: [null] },
  ])("finds nothing in %j", (body) => {
    expect(parseServerError(body).message).toBeUndefined();
  });

  it("keeps a code that has a word of the prompt, but no key", () => {
    const redact = createRedactor([
      { text: "moderation", minMatch: 24, isProse: true },
      { text: "sk-0123456789abcdef", minMatch: 8, isToken: true },
    ]);
    const error = {
      code: "moderation_blocked",
      type: "moderation error",
      param: "sk-0123456789abcdef",
      message: "No moderation of sk-0123456789abcdef",
    };
    expect(parseServerError({ error }, redact)).toMatchObject({
      code: "moderation_blocked",
      type: "[redacted] error",
      param: "[redacted]",
      message: "No [redacted] of [redacted]",
    });
  });
});
