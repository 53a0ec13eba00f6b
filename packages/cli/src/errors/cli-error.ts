import type { Outcome } from "@retouch/client/node";

/** Describes a failure that the CLI itself found. */
export interface CliErrorOptions {
  readonly exitCode: number;
  readonly code: string;
  readonly outcome?: Outcome | undefined;
  readonly cause?: unknown;
  /** Further lines for the terminal, each a full sentence. */
  readonly details?: readonly string[] | undefined;
}

/** Reports what the CLI refuses or could not do; its message says what was seen and what to do. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: number;
  readonly code: string;
  readonly outcome: Outcome;
  readonly details: readonly string[];

  constructor(message: string, options: CliErrorOptions) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode;
    this.code = options.code;
    this.outcome = options.outcome ?? "not-sent";
    this.details = options.details ?? [];
  }
}

/** Reports a command line that can not be carried out; nothing was sent. */
export function usageError(message: string, details?: readonly string[], cause?: unknown): CliError {
  return new CliError(message, { exitCode: 2, code: "usage", details, cause });
}
