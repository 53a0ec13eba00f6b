import { isInvalidResponseError } from "../errors/errors.ts";
import { sanitizeText } from "../errors/sanitize-text.ts";
import { fileFormatOf, isImageFormat } from "../media/format.ts";
import { toHttpError, toNetworkError } from "../request/attempt-errors.ts";
import { readRetryAfterMs } from "../request/retry-after.ts";
import { sleep } from "../request/run-edit.ts";
import { maxErrorBytes, maxErrorMs } from "../request/send-with-retries.ts";
import { joinParts } from "../response/salvage.ts";
import { guardBody, readCapped } from "../transport/response-body.ts";
import { TransportFailure, type TransportResponse } from "../transport/transport.ts";
import { type HeldBody, holdBody } from "./hold-body.ts";
import type { TaskDialect, TaskEvent } from "./task-dialect.ts";
import { stillPending, toTaskError } from "./task-errors.ts";
import type { PollContext, TaskPoller } from "./task-poller.ts";
import { describeTask, taskIdOf } from "./task-state.ts";
import { checkTaskDialect, createTask, statusUrlOf, type TaskServer, withQuery } from "./task-url.ts";

const defaultIntervalMs = 2_000;
const maxIntervalMs = 15_000;
/** A server may not know a task yet that another of its machines has just accepted. */
const maxNotFound = 5;
const emptyForm = { contentType: "", byteLength: 0, chunks: async function* () {} };

/**
 * Creates the poller of a client, before anything is sent.
 *
 * @throws ConfigurationError (`not-sent`) for a dialect that cannot be polled
 */
export function createTaskPoller(dialect: TaskDialect | undefined, server: TaskServer): TaskPoller {
  if (dialect) checkTaskDialect(dialect);
  return {
    follow: (response, edit, context) => follow(response, dialect ?? {}, { ...edit, server }, context),
    resume: (task, context) => pollTask(createTask(task, dialect, server), context, 0),
  };
}

async function follow(
  response: TransportResponse,
  dialect: TaskDialect,
  { server, ...edit }: Pick<TaskEvent, "model" | "n"> & { readonly server: TaskServer },
  context: PollContext,
): Promise<TransportResponse> {
  const { deadline, errorContext, state } = context;
  const held = await holdBody(guardBody(response.body, deadline));
  const description = held.cut ? undefined : await describeTask(held, dialect);
  const id = description && taskIdOf(description, dialect, response.status === 202);
  if (!description || description.state === "done" || id === undefined)
    return { ...response, body: held.body };
  const taskId = sanitizeText(errorContext.redact(id), 200);
  if (description.state === "failed") {
    state.taskId = taskId;
    throw toTaskError(held, description, dialect, context);
  }
  const statusUrl = id === taskId && statusUrlOf(id, description.json, dialect, server);
  // Without a place to poll, the response is reported as it is.
  if (!statusUrl || taskId === undefined) return { ...response, body: held.body };
  held.close();
  const event: TaskEvent = { taskId, statusUrl, dialect, requestId: state.requestId, ...edit };
  state.taskId = taskId;
  await deadline.race(context.onTask(event).catch(() => undefined));
  return pollTask(event, context, readRetryAfterMs(response.headers, Date.now()));
}

/** Polls the state of a task until its images are there. A poll that fails is repeated until the time limit. */
async function pollTask(
  event: TaskEvent,
  context: PollContext,
  firstDelayMs?: number,
): Promise<TransportResponse> {
  const { taskId, dialect } = event;
  const { deadline, state } = context;
  state.taskId = taskId;
  state.resultPath = dialect.result;
  const { intervalMs = defaultIntervalMs } = dialect;
  let retryAfterMs = firstDelayMs;
  let notFound = 0;
  for (let poll = 0; ; poll++) {
    const backoffMs = Math.min(Math.max(maxIntervalMs, intervalMs), intervalMs * 1.5 ** Math.min(poll, 30));
    // A server that asks for no wait at all is not polled in a tight loop.
    const delayMs = Math.max(retryAfterMs ?? backoffMs, Math.min(intervalMs, 250));
    if (retryAfterMs !== undefined && delayMs >= deadline.remainingMs())
      throw stillPending(event, delayMs, context);
    await sleep(deadline, delayMs);
    const result = await pollOnce(event, context);
    retryAfterMs = result.retryAfterMs;
    if (result.response) return result.response;
    if (result.isKnown) notFound = maxNotFound;
    const { error } = result;
    if (error && (error.status !== 404 || ++notFound > maxNotFound)) throw error;
  }
}

interface PollResult {
  /** The response that has the images; absent while there are none. */
  readonly response?: TransportResponse;
  /** The error of a status that another poll will not change. */
  readonly error?: ReturnType<typeof toHttpError>;
  readonly retryAfterMs?: number | undefined;
  /** Whether the server has said what the task does. */
  readonly isKnown?: boolean;
}

async function pollOnce(event: TaskEvent, context: PollContext): Promise<PollResult> {
  const { dialect, statusUrl, taskId } = event;
  const { deadline, headers, transport, query, state } = context;
  const errorContext = { ...context.errorContext, url: statusUrl, label: labelOf(event), taskId };
  try {
    const { signal } = deadline;
    const url = withQuery(statusUrl, query);
    const response = await deadline.race(transport({ method: "GET", url, headers, body: emptyForm, signal }));
    const retryAfterMs = readRetryAfterMs(response.headers, Date.now(), response.status);
    const { status } = response;
    if (status < 200 || status > 299) {
      const body = await deadline.race(
        readCapped(response.body, maxErrorBytes, maxErrorMs, deadline.runtime),
      );
      if (status === 408 || status === 425 || status === 429 || status >= 500) return { retryAfterMs };
      return { error: toHttpError(response, body, errorContext), retryAfterMs };
    }
    const held = await holdBody(guardBody(response.body, deadline));
    if (held.cut) throw held.cut.cause;
    const description = await describeTask(held, dialect);
    if (description?.state === "failed") throw toTaskError(held, description, dialect, context);
    if (description?.state === "done" || (description === undefined && holdsImage(held)))
      return { response: { ...response, body: held.body } };
    held.close();
    return { retryAfterMs, isKnown: description !== undefined };
  } catch (error) {
    if (isInvalidResponseError(error) || deadline.signal.aborted) throw error;
    if (error instanceof TransportFailure && error.code === "redirected") {
      const partial = { requestId: state.requestId, taskId };
      const failure = new TransportFailure(error.message, { delivery: "possible", code: error.code });
      throw toNetworkError(failure, errorContext, partial);
    }
    // A connection that fails or breaks while a state is asked for says nothing about the task.
    return {};
  }
}

/** Returns whether a response that describes no task is an image, or JSON that is too long for anything else. */
function holdsImage({ bytes, text, isComplete }: HeldBody): boolean {
  if (!isComplete && /^\s*[{[]/.test(text)) return true;
  return isImageFormat(fileFormatOf(joinParts(bytes.slice(0, 64))));
}

/** A path names the task by a placeholder: its id is in the message already. */
function labelOf({ dialect, taskId }: TaskEvent): string {
  return dialect.statusPath === undefined ? `The status of task ${taskId}` : `GET ${dialect.statusPath}`;
}
