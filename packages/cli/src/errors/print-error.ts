import { sanitizeText } from "../terminal/sanitize-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { errorDetails, problemsOf, type Warning } from "./error-details.ts";

/** Data kept from a failed edit. */
export interface SavedArtifacts {
  readonly rawAnswer?: string | undefined;
  readonly urls?: readonly string[] | undefined;
  /** The task that the server still has. */
  readonly taskId?: string | undefined;
}

function billingNote(outcome: string | undefined, kind: string): string | undefined {
  if (kind !== "edit") return undefined;
  if (outcome === "unknown") return "The server may have billed this edit. It is not retried automatically.";
  return "Nothing was billed.";
}

/** Prints an error on stderr: the server's message, whether it may be billed, and where the response is kept. */
export function printError(terminal: Terminal, error: unknown, saved: SavedArtifacts = {}): void {
  const details = errorDetails(error);
  const problems = problemsOf(error).filter(({ message }) => details.message.includes(message));
  if (problems.length > 0) {
    for (const { message } of problems) terminal.error(message);
    terminal.note("Nothing was sent.");
  } else {
    terminal.error(details.message);
    const quoted = serverMessage(error);
    if (quoted !== undefined && !details.message.includes(quoted))
      terminal.note(`The server said: ${quoted}`);
    const cost = billingNote(details.outcome, details.kind);
    if (cost !== undefined && !/billed/.test(details.message)) terminal.note(cost);
    if (details.requestId !== undefined && !details.message.includes(details.requestId)) {
      terminal.note(`Request id: ${details.requestId}`);
    }
  }
  for (const line of details.details) terminal.note(line);
  if (saved.urls !== undefined && saved.urls.length > 0) {
    terminal.note("The result could not be downloaded from (open it soon, such URLs expire):");
    // A user name or password in it, which is never sent, can be the key that the server was given.
    for (const url of saved.urls) terminal.verbatim(sanitizeText(url.replace(/\/\/[^/?#]*@/, "//")));
  }
  if (saved.taskId !== undefined) {
    terminal.note(
      `Task ${saved.taskId} may still be running. \`retouch recover\` polls it, as does the same command: nothing is sent again.`,
    );
  }
  if (saved.rawAnswer !== undefined) {
    terminal.note("The raw response is kept, and `retouch recover` tries it again:");
    terminal.verbatim(saved.rawAnswer);
  }
}

function serverMessage(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("serverMessage" in error)) return undefined;
  return typeof error.serverMessage === "string" && error.serverMessage !== ""
    ? sanitizeText(error.serverMessage)
    : undefined;
}

/** The `error` of a JSON document. */
export interface ErrorDocument {
  readonly code: string;
  readonly outcome: string;
  readonly message: string;
  readonly exitCode: number;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly taskId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly problems?: readonly Warning[] | undefined;
  /** Path of the response that was billed but could not be parsed or written. */
  readonly rawAnswer?: string | undefined;
  /** Result URLs that could not be downloaded. */
  readonly urls?: readonly string[] | undefined;
}

/** Returns the `error` of a JSON document. */
export function toErrorDocument(error: unknown, exitCode: number, saved: SavedArtifacts = {}): ErrorDocument {
  const details = errorDetails(error);
  const problems = problemsOf(error);
  return {
    code: details.code ?? "internal",
    outcome: details.outcome ?? "not-sent",
    message: sanitizeText(details.message),
    exitCode,
    status: details.status,
    requestId: details.requestId,
    taskId: details.taskId ?? saved.taskId,
    retryAfterMs: details.retryAfterMs,
    problems: problems.length > 0 ? problems : undefined,
    rawAnswer: saved.rawAnswer,
    urls: saved.urls !== undefined && saved.urls.length > 0 ? saved.urls : undefined,
  };
}
