import type { RetouchCode } from "@retouch/client/node";
import type { CliCode } from "./codes.ts";
import type { BilledOutcome } from "./outcome.ts";

/** Exit codes of `retouch`; `retouch --help` prints the complete list. */
export const exitCodes = {
  ok: 0,
  internal: 1,
  usage: 2,
  batchFailed: 3,
  auth: 4,
  quota: 5,
  policy: 6,
  network: 7,
  unknown: 8,
  budget: 9,
  outputExists: 10,
  notWritten: 11,
  hangup: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** Options of {@link CliError}. */
export interface CliErrorOptions {
  readonly exitCode: number;
  /** A stable code, or the server's own when it is passed on: see `docs/errors.md`. */
  readonly code: CliCode | RetouchCode | (string & {});
  readonly outcome?: BilledOutcome | undefined;
  readonly cause?: unknown;
  /** Further lines for the terminal, each a full sentence. */
  readonly details?: readonly string[] | undefined;
}

/** Error of the CLI itself. Its message says what was seen and what to do. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: number;
  readonly code: string;
  readonly outcome: BilledOutcome;
  readonly details: readonly string[];

  constructor(message: string, options: CliErrorOptions) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode;
    this.code = options.code;
    this.outcome = options.outcome ?? "not-sent";
    this.details = options.details ?? [];
  }
}

/** Creates the error of an invalid command line; nothing was sent. */
export function usageError(message: string, details?: readonly string[], cause?: unknown): CliError {
  return new CliError(message, { exitCode: exitCodes.usage, code: "usage", details, cause });
}
