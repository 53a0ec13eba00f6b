import {
  isRetouchError,
  NetworkError,
  type RetouchError,
  type RetouchErrorOptions,
  TimeoutError,
} from "./errors.ts";
import type { FailureContext } from "./request/attempt-errors.ts";
import { type Delivery, TransportFailure } from "./transport.ts";

/** What an error takes along of an answer that had begun. */
export type Kept = Pick<RetouchErrorOptions, "requestId" | "idempotencyKey" | "rawBody" | "images">;

/** Makes an error of an attempt that got no usable answer. An error of our own passes: it knows better. */
export function describeNetworkFailure(
  error: unknown,
  { idempotencyKey }: FailureContext,
  kept?: Kept,
): RetouchError {
  if (isRetouchError(error)) return error;
  const failure = error instanceof TransportFailure ? error : undefined;
  const isSent = (failure?.delivery ?? "possible") === "possible";
  const message = failure?.message ?? "The connection failed before an answer came.";
  return new NetworkError(`${message} ${tellOutcome(isSent, kept?.requestId)}`, {
    ...kept,
    outcome: isSent ? "unknown" : "not-sent",
    code: failure?.code ?? "connection_failed",
    cause: failure?.cause ?? error,
    idempotencyKey,
  });
}

/** Makes an error of a call whose time is up. */
export function describeTimeout(timeoutMs: number, delivery: Delivery, kept: Kept): TimeoutError {
  const isSent = delivery === "possible";
  return new TimeoutError(
    `No answer after ${timeoutMs / 1000} s. ${tellOutcome(isSent, kept.requestId)} Raise \`timeoutMs\` to wait longer.`,
    { ...kept, outcome: isSent ? "unknown" : "not-sent", code: "timeout" },
  );
}

function tellOutcome(isSent: boolean, requestId: string | undefined): string {
  if (!isSent) return "Nothing was billed: the server has no complete request.";
  const lookUp = requestId ? `look up request id ${requestId}` : "look it up at the provider";
  return `The server may have billed this edit: ${lookUp} before sending it again.`;
}
