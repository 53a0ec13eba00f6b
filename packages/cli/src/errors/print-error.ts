import { sanitizeText } from "../terminal/sanitize-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { errorDetails, problemsOf, type Warning } from "./error-details.ts";

/** Data kept from a failed edit. */
export interface SavedArtifacts {
  readonly rawAnswer?: string | undefined;
  readonly urls?: readonly string[] | undefined;
}

function billingNote(outcome: string | undefined, kind: string): string | undefined {
  if (kind !== "edit") return undefined;
  if (outcome === "unknown") return "The server may have billed this edit: it is not sent again by itself.";
  return "Nothing was billed.";
}

/** Prints an error on stderr: the server's message, whether it may be billed, and where the response is kept. */
export function printError(terminal: Terminal, error: unknown, kept: SavedArtifacts = {}): void {
  const facts = errorDetails(error);
  const problems = problemsOf(error).filter(({ message }) => facts.message.includes(message));
  if (problems.length > 0) {
    for (const { message } of problems) terminal.error(message);
    terminal.note("Nothing was sent.");
  } else {
    terminal.error(facts.message);
    const words = serverMessage(error);
    if (words !== undefined && !facts.message.includes(words)) terminal.note(`The server said: ${words}`);
    const cost = billingNote(facts.outcome, facts.kind);
    if (cost !== undefined && !/billed/.test(facts.message)) terminal.note(cost);
    if (facts.requestId !== undefined && !facts.message.includes(facts.requestId)) {
      terminal.note(`Request id: ${facts.requestId}`);
    }
  }
  for (const line of facts.details) terminal.note(line);
  if (kept.urls !== undefined && kept.urls.length > 0) {
    terminal.note("The result could not be fetched from (open it soon, such addresses expire):");
    for (const url of kept.urls) terminal.verbatim(sanitizeText(url));
  }
  if (kept.rawAnswer !== undefined) {
    terminal.note("The server's answer is kept as it came, and `retouch recover` tries it again:");
    terminal.verbatim(kept.rawAnswer);
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
  readonly retryAfterMs?: number | undefined;
  readonly problems?: readonly Warning[] | undefined;
  /** Path of the response that was billed but could not be parsed or written. */
  readonly rawAnswer?: string | undefined;
  /** Result URLs that could not be downloaded. */
  readonly urls?: readonly string[] | undefined;
}

/** Returns the `error` of a JSON document. */
export function toErrorDocument(
  error: unknown,
  exitCode: number,
  kept: { rawAnswer?: string | undefined; urls?: readonly string[] | undefined } = {},
): ErrorDocument {
  const facts = errorDetails(error);
  const problems = problemsOf(error);
  return {
    code: facts.code ?? "internal",
    outcome: facts.outcome ?? "not-sent",
    message: sanitizeText(facts.message),
    exitCode,
    status: facts.status,
    requestId: facts.requestId,
    retryAfterMs: facts.retryAfterMs,
    problems: problems.length > 0 ? problems : undefined,
    rawAnswer: kept.rawAnswer,
    urls: kept.urls !== undefined && kept.urls.length > 0 ? kept.urls : undefined,
  };
}
