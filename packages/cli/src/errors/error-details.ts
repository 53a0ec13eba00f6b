import type { Outcome } from "@retouch/client/node";
import { CliError } from "./cli-error.ts";
import { cliWords } from "./cli-words.ts";

/** What can be read off any error, whichever copy of the client threw it. */
export interface FailureFacts {
  readonly kind: "cli" | "invalid-input" | "configuration" | "edit" | "other";
  readonly message: string;
  readonly outcome?: Outcome | undefined;
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly exitCode?: number | undefined;
  readonly details: readonly string[];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function outcome(value: unknown): Outcome | undefined {
  return value === "not-sent" || value === "rejected" || value === "unknown" ? value : undefined;
}

/** Reads the facts of an error by its fields, so that exit codes are a pure function of them. */
export function failureFacts(error: unknown): FailureFacts {
  if (error instanceof CliError) {
    const { message, exitCode, code, details } = error;
    return { kind: "cli", message, outcome: error.outcome, code, exitCode, details };
  }
  if (!(error instanceof Error)) return { kind: "other", message: String(error), details: [] };
  const fields = error as unknown as Record<string, unknown>;
  const seen = outcome(fields["outcome"]);
  const base = {
    message: cliWords(error.message),
    outcome: seen,
    code: text(fields["code"]),
    status: number(fields["status"]),
    requestId: text(fields["requestId"]),
    retryAfterMs: number(fields["retryAfterMs"]),
    details: [],
  };
  if (seen === undefined) return { kind: "other", ...base };
  if (error.name === "InvalidInputError") return { kind: "invalid-input", ...base };
  if (error.name === "ConfigurationError") return { kind: "configuration", ...base };
  return { kind: "edit", ...base };
}
