import { failureFacts } from "../errors/error-details.ts";
import type { TokenCount } from "../journal/token-count.ts";
import { sanitizeText } from "../terminal/sanitize-text.ts";
import type { EditReport, SavedImage, Warning } from "./edit-report.ts";

/** The failure part of a document. */
export interface FailureDocument {
  readonly code: string;
  readonly outcome: string;
  readonly message: string;
  readonly exitCode: number;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly problems?: readonly Warning[] | undefined;
  /** Where the answer lies that was paid for and not understood or not written. */
  readonly rawAnswer?: string | undefined;
  /** Result addresses that could not be fetched. */
  readonly urls?: readonly string[] | undefined;
}

/** The document of one edit. */
interface EditDocument {
  readonly images: readonly SavedImage[];
  readonly usage?: TokenCount | undefined;
  readonly requestId?: string | undefined;
  readonly warnings: readonly Warning[];
  readonly error?: FailureDocument | undefined;
}

/** Writes the document of a command: one edit, or with `--each` all of them. */
export function editDocument(reports: readonly EditReport[], each: boolean): unknown {
  const documents = reports.map(toDocument);
  if (!each) return documents[0] ?? { images: [], warnings: [] };
  const failed = documents.find(({ error }) => error !== undefined);
  return {
    images: documents.flatMap(({ images }) => images),
    warnings: documents.flatMap(({ warnings }) => warnings),
    edits: documents,
    error: failed?.error,
  };
}

function toDocument({ images, usage, requestId, warnings, failure }: EditReport): EditDocument {
  const error = failure && failureDocument(failure.error, failure.exitCode, failure);
  return { images, usage, requestId, warnings: warnings.map(plainWarning), error };
}

function plainWarning({ field, code, message }: Warning): Warning {
  return { field, code, message };
}

/** Reads the problems off an error that lists them. */
export function problemsOf(error: unknown): Warning[] {
  if (typeof error !== "object" || error === null || !("problems" in error)) return [];
  if (!Array.isArray(error.problems)) return [];
  return error.problems.flatMap((problem: unknown) => {
    if (typeof problem !== "object" || problem === null) return [];
    const { field, code, message } = problem as Record<string, unknown>;
    return typeof message === "string" ? [{ field: String(field), code: String(code), message }] : [];
  });
}

/** Writes the failure part of a document. */
export function failureDocument(
  error: unknown,
  exitCode: number,
  kept: { rawAnswer?: string | undefined; urls?: readonly string[] | undefined } = {},
): FailureDocument {
  const facts = failureFacts(error);
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
