import {
  ConfigurationError,
  createImageClient,
  HttpError,
  InvalidInputError,
  InvalidResponseError,
  NetworkError,
  TimeoutError,
} from "@retouch/client/node";
import { describe, expect, it } from "vitest";
import { CliError, usageError } from "./cli-error.ts";
import { errorDetails, exitCodeOf, problemsOf } from "./error-details.ts";

const http = (status: number, code?: string) =>
  new HttpError("POST answered.", { status, code, outcome: status < 500 ? "rejected" : "unknown" });

describe(exitCodeOf, () => {
  it.each([
    ["a bad command line", usageError("No."), 2],
    ["invalid input", new InvalidInputError({ problems: [] }), 2],
    ["a bad option", new ConfigurationError("`baseUrl` must be a URL."), 2],
    ["a missing key", new ConfigurationError("API key is missing.", { code: "missing_api_key" }), 4],
    ["401", http(401, "whatever"), 4],
    ["403", http(403), 4],
    ["403 of a spent quota", http(403, "insufficient_user_quota"), 5],
    ["402", http(402), 5],
    ["429", http(429, "rate_limit_exceeded"), 5],
    ["a quota code on 400", http(400, "billing_hard_limit_reached"), 5],
    ["moderation", http(400, "moderation_blocked"), 6],
    ["a content policy", http(400, "content_policy_violation"), 6],
    ["another 4xx", http(404, "model_not_found"), 1],
    ["500", http(500, "invalid_request"), 8],
    ["503 with a quota code", http(503, "insufficient_quota"), 8],
    ["a connection that never opened", new NetworkError("No.", { outcome: "not-sent" }), 7],
    ["a cut", new NetworkError("No.", { outcome: "unknown" }), 8],
    ["a timeout before sending", new TimeoutError("No.", { outcome: "not-sent" }), 7],
    ["a timeout", new TimeoutError("No.", { outcome: "unknown" }), 8],
    ["an unreadable response", new InvalidResponseError("No.", { outcome: "unknown" }), 8],
    ["an interruption", new CliError("Stopped.", { exitCode: 130, code: "interrupted" }), 130],
    ["anything else", new TypeError("x is undefined"), 1],
  ])("maps %s", (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

async function errorOf(respond: () => Response): Promise<unknown> {
  const client = createImageClient({
    baseUrl: "http://127.0.0.1:1",
    apiKey: "k",
    fetch: async () => respond(),
    maxRetries: 0,
  });
  return client.edit({ model: "m", prompt: "p", image: new Blob([png]) }).catch((error: unknown) => error);
}

describe(errorDetails, () => {
  it.each([
    [
      "a response without an image",
      () => Response.json({ created: 1, data: [] }),
      "The response contains no image. This edit may have been billed.",
    ],
    [
      "a refused key",
      () => Response.json({ error: { message: "no" } }, { status: 401 }),
      'POST /v1/images/edits answered 401: "no". Nothing was billed. Check the key, and that it belongs to `--base-url`.',
    ],
    [
      "a missing endpoint",
      () => Response.json({ error: { message: "no" } }, { status: 404 }),
      'POST /v1/images/edits answered 404: "no". Nothing was billed. Check `--base-url` and `--model`.',
    ],
  ])("has the names of the command line in the message of %s", async (_, respond, message) => {
    expect(errorDetails(await errorOf(respond)).message).toBe(message);
  });

  it("names the flag of a time limit", async () => {
    const params = { timeoutMs: 1000, outcome: "not-sent" };
    const error = new TimeoutError("Raise `timeoutMs`.", { outcome: "not-sent", code: "timeout", params });
    expect(errorDetails(error).message).toMatch(/Raise `--timeout` to wait longer\.$/);
  });
});

describe(problemsOf, () => {
  it("names the flags of fields", () => {
    const problems = [
      ["n", "out_of_range", { actual: 99, type: "integer", minimum: 1, maximum: 10 }],
      ["output_format", "refused", {}],
      ["extra.n", "known_field", { parameter: "n" }],
      ["image[1]", "not_square", { width: 2, height: 1 }],
      ["size", "conflict", { value: "auto", others: [{ field: "background" }] }],
    ] as const;
    const given = problems.map(([field, code, params]) => ({
      severity: "error" as const,
      field,
      code,
      params,
      message: "",
    }));
    expect(problemsOf(new InvalidInputError({ problems: given })).map(({ message }) => message)).toEqual([
      "`-n` is 99. Give an integer from 1 to 10.",
      "`--output-format` is not a field of this model. Leave it out.",
      "`--param n` is a parameter. Pass it as `-n`.",
      "`image[1]` is 2x1. Crop or pad it to a square.",
      "`--size` `auto` does not go with `--background`. Change one of them.",
    ]);
  });
});
