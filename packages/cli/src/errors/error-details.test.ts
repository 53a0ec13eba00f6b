import {
  ConfigurationError,
  createImageClient,
  HttpError,
  InvalidInputError,
  InvalidResponseError,
  isRetouchError,
  NetworkError,
  TimeoutError,
} from "@retouch/client/node";
import { describe, expect, it } from "vitest";
import { CliError, usageError } from "./cli-error.ts";
import { exitCodeOf, forTerminal } from "./error-details.ts";

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

async function messageOf(response: Response): Promise<string> {
  const client = createImageClient({
    baseUrl: "http://127.0.0.1:1",
    apiKey: "k",
    fetch: async () => response,
  });
  const error: unknown = await client
    .edit({ model: "m", prompt: "p", image: new Blob([png]) })
    .catch((e) => e);
  return isRetouchError(error) ? error.message : String(error);
}

describe("forTerminal", () => {
  it.each([
    ["a response without an image", () => Response.json({ created: 1, data: [] })],
    ["a refused key", () => Response.json({ error: { message: "no" } }, { status: 401 })],
    ["a missing endpoint", () => Response.json({ error: { message: "no" } }, { status: 404 })],
  ])("removes names of the API from the message of %s", async (_, respond) => {
    const message = forTerminal(await messageOf(respond()));
    expect(message).not.toMatch(/`(?:error|image)\.|apiKey|baseUrl/);
    expect(message).toMatch(/\.$/);
  });

  it("names flags instead of options", () => {
    expect(forTerminal("No answer after 1 s. Raise `timeoutMs` to wait longer.")).toBe(
      "No answer after 1 s. Raise `--timeout` to wait longer.",
    );
  });
});
