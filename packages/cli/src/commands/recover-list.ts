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
  /** All of them, if several attempts have stored one. */
  readonly responses?: readonly string[] | undefined;
}

/** Returns the summary of an unfinished edit. */
export function summarize({ record, responses, running }: UnfinishedEdit): UnfinishedSummary {
  const { id, at, plan, requestId, code, task } = record;
  const stored = responses.filter(({ byteLength }) => byteLength > 0).map(({ file }) => file);
  return {
    id,
    state: running
      ? "running"
      : task !== undefined
        ? "pending"
        : stored.length > 0
          ? "answer kept"
          : "unknown",
    sentAt: at,
    server: plan?.server,
    model: plan?.model,
    images: plan?.images ?? [],
    requestId,
    code,
    taskId: task?.taskId,
    response: stored[0],
    responses: stored.length > 1 ? stored : undefined,
  };
}

/** Returns the summary of a claim whose journal is on another machine, or was removed. */
export function summarizeClaim({ id, content }: FoundClaim): UnfinishedSummary {
  return { id, state: "unknown", sentAt: content?.since, images: [] };
}

/** Prints unfinished edits, one a line, each with its stored response. */
export function printUnfinished(edits: readonly UnfinishedSummary[], write: (line: string) => void): void {
  for (const edit of edits) {
    const { id, state, sentAt = "?", server = "?", images, requestId, taskId, response } = edit;
    const task = taskId === undefined ? "" : `  task ${taskId}`;
    const suffix = task + (requestId === undefined ? "" : `  request id ${requestId}`);
    write(`${id}  ${state}  sent ${sentAt} to ${server}  ${images.join(", ")}${suffix}`);
    for (const file of edit.responses ?? (response === undefined ? [] : [response])) write(`  ${file}`);
  }
}
