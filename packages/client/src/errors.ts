/**
 * Tells what the server may have done with the edit that failed.
 *
 * - `not-sent`: the server can not have held a complete request. Nothing was billed.
 * - `rejected`: the server answered 4xx. Nothing was billed.
 * - `unknown`: the server may have made, and billed, the pictures.
 */
export type Outcome = "not-sent" | "rejected" | "unknown";

/** Describes an error of the client; every field is free of keys, prompts, bodies and signed URLs. */
export interface RetouchErrorOptions {
  readonly outcome: Outcome;
  /** A stable word to branch on: the server's own `code` when it sent one, else one of ours. */
  readonly code?: string | undefined;
  readonly cause?: unknown;
  readonly requestId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Gives back the server's answer as it came, for the paid answer that could not be understood. */
  readonly rawBody?: (() => Promise<Uint8Array>) | undefined;
}
