import { checkHeaders } from "./check-headers.ts";
import { ConfigurationError } from "./errors.ts";
import type { EditOptions } from "./options.ts";

/** Validates what both a client and a single call can set. */
export function checkCall({
  timeoutMs,
  maxRetries,
  maxAnswerBytes,
  headers,
  idempotencyKey,
  signal,
}: EditOptions): void {
  if (signal && typeof signal.throwIfAborted !== "function")
    throw new ConfigurationError("`signal` is no `AbortSignal`. Give one, or leave it out.");
  // Timers take 31 bits; a longer one fires at once.
  checkNumber("timeoutMs", timeoutMs, 1, 2 ** 31 - 1);
  checkNumber("maxRetries", maxRetries, 0, 1000);
  if (maxRetries !== undefined && !Number.isInteger(maxRetries))
    throw new ConfigurationError(`\`maxRetries\` is ${maxRetries}. Give a whole number.`);
  checkNumber("maxAnswerBytes", maxAnswerBytes, 1, Number.POSITIVE_INFINITY);
  checkHeaders(headers);
  checkHeaders({ "idempotency-key": idempotencyKey });
}

function checkNumber(name: string, value: unknown, minimum: number, maximum: number): void {
  if (value === undefined || (typeof value === "number" && value >= minimum && value <= maximum)) return;
  const seen = typeof value === "number" ? value : `of type ${typeof value}`;
  throw new ConfigurationError(`\`${name}\` is ${seen}. Give a number from ${minimum} to ${maximum}.`);
}
