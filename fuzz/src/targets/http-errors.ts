import { toHttpError } from "../../../packages/client/src/request/attempt-errors.ts";
import { readRetryAfterMs } from "../../../packages/client/src/request/retry-after.ts";
import { decideRetry, readShouldRetry } from "../../../packages/client/src/request/retry-policy.ts";
import { check, type Target } from "../engine/target.ts";
import { checkMessage, redact } from "../oracles/responses.ts";
import { key, keySpellings } from "../oracles/secrets.ts";

/** A status line, header lines, an empty line and a body. */
const response = (status: number, headers: string, body: string) => `${status}\n${headers}\n\n${body}`;
const error = (message: string, more = {}) =>
  JSON.stringify({ error: { message, code: "c", type: "t", ...more } });

export const target: Target = {
  name: "http-errors",
  covers: [
    "packages/client/src/request/attempt-errors.ts",
    "packages/client/src/request/retry-after.ts",
    "packages/client/src/request/retry-policy.ts",
    "packages/client/src/errors/server-error.ts",
  ],
  seeds: [
    response(429, "retry-after: 12\nx-request-id: req_1", error("slow down")),
    response(
      429,
      "x-ratelimit-remaining-requests: 0\nx-ratelimit-reset-requests: 6m0s\nx-ratelimit-reset-tokens: 1s",
      error("tokens"),
    ),
    response(
      503,
      "retry-after: Wed, 21 Oct 2037 07:28:00 GMT\ndate: Wed, 21 Oct 2037 07:27:00 GMT",
      "<html>",
    ),
    response(307, "location: /v2/edits?token=x", ""),
    response(401, "x-should-retry: true", error(`Incorrect API key provided: ${key}`)),
    response(
      402,
      "x-retouch-outcome: not-sent\nretry-after-ms: 1e300",
      error("x", { code: "insufficient_quota" }),
    ),
    response(500, "x-oneapi-request-id: a", JSON.stringify({ detail: [{ msg: "request id: abcdef12" }] })),
    response(400, "", JSON.stringify({ errors: [{ message: { text: "deep" } }] })),
  ],
  dictionary: [
    ...keySpellings,
    "retry-after: ",
    "retry-after-ms: ",
    "x-ratelimit-reset: ",
    "x-ratelimit-remaining: 0",
    "x-should-retry: false",
    "x-request-id: ",
    "location: https://",
    "x-retouch-outcome: rejected",
    "429",
    "307",
    "503",
    "\n\n",
    "error",
    "message",
    "code",
    "request id: ",
    "1e300",
    "-1",
    "6m0s",
    "2037-01-01T00:00:00Z",
    "\u001b[2J",
    "\u202e",
  ],
  maxBytes: 16_384,
  maxSteps: { fixed: 50_000, perByte: 300 },
  run(input) {
    const [head = "", ...rest] = Buffer.from(input).toString("utf8").split("\n\n");
    const [line = "", ...lines] = head.split("\n");
    const status = 300 + (Math.abs(Number.parseInt(line, 10) || 0) % 300);
    const entries = new Map<string, string>();
    for (const one of lines) {
      const colon = one.indexOf(":");
      if (colon > 0) entries.set(one.slice(0, colon).trim().toLowerCase(), one.slice(colon + 1).trim());
    }
    const headers = {
      get: (name: string) => entries.get(name) ?? null,
      forEach(visit: (value: string, name: string) => void): void {
        for (const [name, value] of entries) visit(value, name);
      },
    };
    const body = new TextEncoder().encode(rest.join("\n\n"));
    for (const isProxy of [false, true]) {
      const context = {
        redact,
        idempotencyKey: "i",
        label: "POST /v1/images/edits",
        isProxy,
        url: "https://api.test/v1/images/edits",
      };
      const failure = toHttpError({ status, statusText: "", headers, body: none() }, body, context);
      checkMessage(failure);
      const isRejected = (status >= 400 && status < 500) || status === 307 || status === 308;
      if (!isProxy)
        check(failure.outcome === (isRejected ? "rejected" : "unknown"), "the outcome is that of the status");
      const { retryAfterMs } = failure;
      check(
        retryAfterMs === undefined || (retryAfterMs >= 0 && retryAfterMs < 2 ** 31),
        "a wait fits into a timer",
        () => String(retryAfterMs),
      );
      const wait = decideRetry(
        {
          attempt: 1,
          maxRetries: 2,
          status,
          outcome: failure.outcome,
          code: failure.code,
          type: failure.type,
          retryAfterMs,
          shouldRetry: readShouldRetry(headers),
          remainingMs: 60_000,
        },
        () => 0,
      );
      check(wait === undefined || status === 429, "only a 429 is sent again", () => String(status));
      check(wait === undefined || (wait >= 0 && wait < 60_000), "a wait ends before the deadline");
    }
    for (const name of ["retry-after", "retry-after-ms"]) {
      const wait = readRetryAfterMs(
        { get: (asked) => (asked === name ? (entries.get(name) ?? null) : null) },
        0,
      );
      check(wait === undefined || (Number.isFinite(wait) && wait >= 0), "a wait is a finite number");
    }
  },
};

async function* none(): AsyncGenerator<Uint8Array> {}
