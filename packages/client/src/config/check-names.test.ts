import { describe, expect, it } from "vitest";
import { createImageClient } from "../create-image-client.ts";
import type { RetouchError } from "../errors/errors.ts";
import { sampleImage } from "../fixtures/images.ts";
import { startEditServer } from "../fixtures/start-edit-server.ts";
import { createImageClient as createNodeClient } from "../node/create-image-client.ts";
import { checkNames } from "./check-names.ts";
import { nearestName } from "./nearest-name.ts";

const messageOf = (name: string, known: readonly string[], prefix = ""): string => {
  try {
    checkNames({ [name]: 1 }, known, prefix, nearestName);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe(checkNames, () => {
  const known = ["timeoutMs", "maxRetries", "maxAnswerBytes", "signal"];

  it.each([
    ["timeoutMS", "timeoutMs"],
    ["timeout_ms", "timeoutMs"],
    ["timeout", "timeoutMs"],
    ["retries", "maxRetries"],
    ["maxAnwserBytes", "maxAnswerBytes"],
    ["maxResponseBytes", "maxAnswerBytes"],
    ["singal", "signal"],
  ])("suggests for %s the name %s", (name, near) => {
    expect(messageOf(name, known)).toBe(
      `\`${name}\` is not an option. Did you mean \`${near}\`? Check its spelling, or remove it.`,
    );
  });

  it.each(["x", "onProgress", "constructor", "e".repeat(999_999)])("suggests no name for %.20s", (name) => {
    expect(messageOf(name, known)).toContain("is not an option. Check its spelling, or remove it.");
  });

  it("accepts what exists, and what is undefined", () => {
    checkNames({ timeoutMs: 1, timeoutMS: undefined }, known);
    expect(messageOf("maxBytes", ["maxBodyBytes"], "limits.")).toContain(
      "Did you mean `limits.maxBodyBytes`?",
    );
  });
});

const params = { model: "acme-9", image: sampleImage(), prompt: "x" } as const;
const directory = "a directory that no one creates";
type Call = (options: object) => Promise<unknown>;

describe("a mistyped option of one call", () => {
  it("is refused by every call of every client before anything is sent", async () => {
    const server = await startEditServer((response) => response.end());
    const options = { apiKey: "sk-test-key-0123", baseUrl: server.url };
    const node = createNodeClient(options);
    const calls: Record<string, Call> = {};
    for (const [name, client] of Object.entries({ fetch: createImageClient(options), node })) {
      calls[`${name} edit`] = (call) => client.edit(params, call);
      calls[`${name} stream`] = (call) => client.stream(params, call).next();
      calls[`${name} check`] = (call) => client.check(params, call);
    }
    calls["editToFiles"] = (call) => node.editToFiles(params, { directory, ...call });
    try {
      for (const [name, call] of Object.entries(calls)) {
        const error = await call({ timeoutMS: 1 }).catch((reason: RetouchError) => reason);
        expect([name, error]).toMatchObject([name, { name: "ConfigurationError", outcome: "not-sent" }]);
        expect(String(error)).toContain("Did you mean `timeoutMs`?");
      }
      // It would be ignored: only `edit` and `editToFiles` write a file.
      const unused = node.check(params, { responseFile: "x.json" } as object);
      await expect(unused).rejects.toThrow("`responseFile` is not an option");
      expect(server.received).toEqual([]);
    } finally {
      await server.close();
    }
  });
});
