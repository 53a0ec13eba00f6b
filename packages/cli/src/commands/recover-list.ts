import type { FoundClaim } from "../journal/claims/claim-file.ts";
import type { UnfinishedEdit } from "../journal/unfinished-edits.ts";

/** An unfinished edit as `retouch recover` prints it. */
export interface UnfinishedSummary {
  readonly id: string;
  /**
   * `running`, `answer kept` (the response is on disk), `pending` (the server made a task of it), or `unknown` (sent, no
   * response: maybe billed).
   */
  readonly state: "running" | "answer kept" | "pending" | "unknown";
  readonly sentAt?: string | undefined;
  readonly server?: string | undefined;
  readonly model?: string | undefined;
  readonly images: readonly string[];
  readonly requestId?: string | undefined;
  readonly code?: string | undefined;
  readonly taskId?: string | undefined;
  readonly response?: string | undefined;
}

/** Returns the summary of an unfinished edit. */
export function summarize({
  record,
  responseFile,
  responseBytes,
  running,
}: UnfinishedEdit): UnfinishedSummary {
  const { id, at, plan, requestId, code, task } = record;
  return {
    id,
    state: running
      ? "running"
      : task !== undefined
        ? "pending"
        : responseBytes > 0
          ? "answer kept"
          : "unknown",
    sentAt: at,
    server: plan?.server,
    model: plan?.model,
    images: plan?.images ?? [],
    requestId,
    code,
    taskId: task?.taskId,
    response: responseBytes > 0 ? responseFile : undefined,
  };
}

/** Returns the summary of a claim whose journal is on another machine, or was removed. */
export function summarizeClaim({ id, content }: FoundClaim): UnfinishedSummary {
  return { id, state: "unknown", sentAt: content?.since, images: [] };
}

/** Prints unfinished edits, one a line, each with its stored response. */
export function printUnfinished(edits: readonly UnfinishedSummary[], write: (line: string) => void): void {
  for (const { id, state, sentAt = "?", server = "?", images, requestId, taskId, response } of edits) {
    const task = taskId === undefined ? "" : `  task ${taskId}`;
    const suffix = task + (requestId === undefined ? "" : `  request id ${requestId}`);
    write(`${id}  ${state}  sent ${sentAt} to ${server}  ${images.join(", ")}${suffix}`);
    if (response !== undefined) write(`  ${response}`);
  }
}
