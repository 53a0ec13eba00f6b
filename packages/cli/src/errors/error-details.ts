import {
  formatMessage,
  isRetouchError,
  type MessageNames,
  type Outcome,
  type Problem,
} from "@retouch/client/node";
import { CliError, exitCodes } from "./cli-error.ts";
import type { BilledOutcome } from "./outcome.ts";
import { terminalNames } from "./terminal-names.ts";

/** Facts about any error, whichever copy of the client threw it. */
export interface ErrorDetails {
  readonly kind: "cli" | "invalid-input" | "configuration" | "edit" | "other";
  readonly message: string;
  readonly outcome?: BilledOutcome | undefined;
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** The task that the server made of the edit. */
  readonly taskId?: string | undefined;
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

/** Reads the details of an error from its fields, so that the exit code is a pure function of them. */
export function errorDetails(error: unknown): ErrorDetails {
  if (error instanceof CliError) {
    const { message, exitCode, code, details } = error;
    return { kind: "cli", message, outcome: error.outcome, code, exitCode, details };
  }
  if (!(error instanceof Error)) return { kind: "other", message: String(error), details: [] };
  const fields = error as unknown as Record<string, unknown>;
  const seen = outcome(fields["outcome"]);
  const base = {
    message: isRetouchError(error) ? formatMessage(error, terminalNames) : error.message,
    outcome: seen,
    code: text(fields["code"]),
    status: number(fields["status"]),
    requestId: text(fields["requestId"]),
    taskId: text(fields["taskId"]),
    retryAfterMs: number(fields["retryAfterMs"]),
    details: [],
  };
  if (seen === undefined) return { kind: "other", ...base };
  if (error.name === "InvalidInputError") return { kind: "invalid-input", ...base };
  if (error.name === "ConfigurationError") return { kind: "configuration", ...base };
  return { kind: "edit", ...base };
}

/** A problem that did not stop the edit. */
export interface Warning {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

/** Returns a problem of the client with its message for the command line. */
export function toWarning(problem: Problem, names: MessageNames = terminalNames): Warning {
  return { field: problem.field, code: problem.code, message: formatMessage(problem, names) };
}

/** Returns the problems of an error that lists them. */
export function problemsOf(error: unknown): Warning[] {
  if (typeof error !== "object" || error === null || !("problems" in error)) return [];
  if (!Array.isArray(error.problems)) return [];
  return error.problems.flatMap((problem: unknown) => {
    if (typeof problem !== "object" || problem === null) return [];
    const { field, code, message } = problem as Record<string, unknown>;
    if (typeof message !== "string") return [];
    return [toWarning({ ...(problem as Problem), field: String(field), code: String(code) })];
  });
}

/** Terms in a server's error code that mean an exhausted quota or too many requests, whatever the status. */
const quotaCode = /quota|billing|insufficient_(?:funds|balance|credit)|rate_?limit|credit/;
const policyCode = /moderation|content_policy|content_filter|safety|policy_violation/;
const authCode = /invalid_api_key|missing_api_key|invalid_authentication|authentication_error|unauthorized/;

function rejectedCode({ status, code = "" }: ErrorDetails): number {
  if (policyCode.test(code)) return exitCodes.policy;
  if (status === 429 || status === 402 || quotaCode.test(code)) return exitCodes.quota;
  if (status === 401 || status === 403 || authCode.test(code)) return exitCodes.auth;
  return exitCodes.internal;
}

/** Returns the exit code of a failed edit, from the error only. */
export function exitCodeOf(error: unknown): number {
  const details = errorDetails(error);
  if (details.exitCode !== undefined) return details.exitCode;
  if (details.kind === "invalid-input") return exitCodes.usage;
  if (details.kind === "configuration") {
    return authCode.test(details.code ?? "") || /api_?key/.test(details.code ?? "")
      ? exitCodes.auth
      : exitCodes.usage;
  }
  if (details.outcome === "unknown") return exitCodes.unknown;
  if (details.outcome === "rejected") return rejectedCode(details);
  if (details.outcome === "not-sent") return exitCodes.network;
  return exitCodes.internal;
}
