import { type Deadline, type Runtime, startDeadline } from "../async/deadline.ts";
import { invalidOption } from "../errors/configuration-messages.ts";
import type { EditOptions, ImageClientOptions } from "../options.ts";

/**
 * Checks the options of one call and starts its deadline.
 *
 * @throws ConfigurationError (`not-sent`) for invalid options, and the signal's reason when it has already aborted
 */
export function startCall(options: ImageClientOptions, call: EditOptions, runtime?: Runtime): Deadline {
  checkCallOptions(call);
  call.signal?.throwIfAborted();
  return startDeadline(timeoutOf(options, call), call.signal, runtime);
}

/** Returns the time limit of a call in milliseconds: 600 s unless set otherwise. */
export function timeoutOf(options: ImageClientOptions, call: EditOptions): number {
  return call.timeoutMs ?? options.timeoutMs ?? 600_000;
}

/**
 * Checks the options that both a client and a single call take.
 *
 * @throws ConfigurationError (`not-sent`) for the first invalid one
 */
export function checkCallOptions({
  timeoutMs,
  maxRetries,
  maxAnswerBytes,
  headers,
  idempotencyKey,
  signal,
}: EditOptions): void {
  if (signal && typeof signal.throwIfAborted !== "function")
    throw invalidOption("signal", "must be an `AbortSignal`.");
  // Timers take 31 bits; a longer one fires immediately.
  checkNumber("timeoutMs", timeoutMs, 1, 2 ** 31 - 1);
  checkNumber("maxRetries", maxRetries, 0, 1000);
  if (maxRetries !== undefined && !Number.isInteger(maxRetries))
    throw invalidOption("maxRetries", `is ${maxRetries}. Give an integer.`);
  checkNumber("maxAnswerBytes", maxAnswerBytes, 1, Number.POSITIVE_INFINITY);
  checkHeaders(headers);
  checkHeaders({ "idempotency-key": idempotencyKey });
}

function checkNumber(name: string, value: unknown, minimum: number, maximum: number): void {
  if (value === undefined || (typeof value === "number" && value >= minimum && value <= maximum)) return;
  const actual = typeof value === "number" ? value : `of type ${typeof value}`;
  throw invalidOption(name, `is ${actual}. Give a number from ${minimum} to ${maximum}.`);
}

const reservedHeaders =
  /^(content-type|content-length|transfer-encoding|host|connection|keep-alive|upgrade|expect)$/i;

function checkHeaders(headers: Readonly<Record<string, string | undefined>> = {}): void {
  checkRecord("headers", headers);
  for (const [name, value] of Object.entries(headers)) {
    // A token of RFC 9110, 5.6.2.
    if (!/^[!#$%&'*+.^`|~\w-]+$/.test(name))
      throw invalidOption("headers", "has an invalid name. Use letters, digits and hyphens.");
    if (reservedHeaders.test(name))
      throw invalidOption("headers", `has \`${name}\`, which the client sets. Remove it.`);
    if (value !== undefined && (typeof value !== "string" || !/^[\t -~\x80-\xff]*$/.test(value)))
      throw invalidOption(
        "headers",
        `has an invalid character in \`${name}\`, such as a line break. Remove it.`,
      );
  }
}

/**
 * Rejects `Headers`, `URLSearchParams` and maps: as objects they have no entries, so their contents would be lost.
 *
 * @throws ConfigurationError (`not-sent`) for anything but a plain object
 */
export function checkRecord(name: string, value: unknown = {}): void {
  if (typeof value !== "object" || value === null || Symbol.iterator in value)
    throw invalidOption(name, 'must be a plain object such as `{ name: "value" }`.');
}
