import { InvalidResponseError } from "../errors/errors.ts";
import { formatFailure } from "../errors/failure-messages.ts";
import { codeNames } from "../errors/message-names.ts";
import type { ErrorContext } from "../request/attempt-errors.ts";
import { joinParts } from "../response/salvage.ts";
import type { HeldBody } from "./hold-body.ts";
import type { TaskDialect, TaskEvent } from "./task-dialect.ts";
import { readTaskError, type TaskDescription } from "./task-state.ts";

interface TaskErrorContext {
  readonly errorContext: Pick<ErrorContext, "redact" | "idempotencyKey">;
  readonly state: { readonly requestId?: string | undefined; readonly taskId?: string | undefined };
}

/** Returns the error of a task that is pending for longer than the call may take. */
export function stillPending(
  { taskId }: TaskEvent,
  delayMs: number,
  { errorContext, state }: TaskErrorContext,
): InvalidResponseError {
  const summary = `Task ${taskId} is pending, and the server asks to wait ${Math.ceil(delayMs / 1000)} s, which is more than the time limit leaves.`;
  const params = { summary, taskId, imageCount: 0, isPolled: true, requestId: state.requestId };
  return new InvalidResponseError(formatFailure("task_pending", params, codeNames), {
    outcome: "unknown",
    code: "task_pending",
    params,
    taskId,
    requestId: state.requestId,
    idempotencyKey: errorContext.idempotencyKey,
  });
}

/** Returns the error of a task that failed. */
export function toTaskError(
  held: HeldBody,
  description: TaskDescription,
  dialect: TaskDialect,
  { errorContext, state }: TaskErrorContext,
): InvalidResponseError {
  const { redact, idempotencyKey } = errorContext;
  const { code = "task_failed", message } = readTaskError(description, dialect, redact);
  const { taskId, requestId } = state;
  const isUnbilled = dialect.failedTasksAreBilled === false;
  const named = `${taskId ? `Task ${taskId}` : "The task"} failed${code === "task_failed" ? "" : ` (${code})`}`;
  const summary = message === undefined ? `${named}.` : `${named}: "${message.replace(/\.$/, "")}".`;
  const params = { summary, taskId, isUnbilled, imageCount: 0, isPolled: true, requestId };
  held.close();
  return new InvalidResponseError(formatFailure(code, params, codeNames), {
    outcome: isUnbilled ? "rejected" : "unknown",
    code,
    params,
    taskId,
    requestId,
    idempotencyKey,
    rawBody: async () => joinParts(held.bytes),
  });
}
