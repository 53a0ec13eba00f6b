import type { Deadline } from "../async/deadline.ts";
import type { ErrorContext } from "../request/attempt-errors.ts";
import type { Transport, TransportResponse } from "../transport/transport.ts";
import type { ResumableTask, TaskEvent } from "./task-dialect.ts";

/** Everything that the polls of one task share. */
export interface PollContext {
  readonly query: Readonly<Record<string, string>> | undefined;
  /** The key and the caller's own headers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly transport: Transport;
  readonly deadline: Deadline;
  readonly errorContext: ErrorContext;
  /** What a timeout or an abort reports. */
  readonly state: {
    requestId?: string | undefined;
    taskId?: string | undefined;
    resultPath?: string | undefined;
  };
  /** Awaited before the first poll. What it throws is ignored: the edit may be billed, and polling is what saves it. */
  readonly onTask: (event: TaskEvent) => Promise<void>;
}

/** The tasks of one server. */
export interface TaskPoller {
  /**
   * Returns the response to a form, or, if that describes a task, the response that has its images. Only the state of the
   * task is asked for: the form is never sent again.
   *
   * @throws InvalidResponseError (`unknown`, or `rejected` if the server does not bill it) for a task that failed
   */
  follow(
    response: TransportResponse,
    edit: Pick<TaskEvent, "model" | "n">,
    context: PollContext,
  ): Promise<TransportResponse>;
  /** Polls a task of an earlier call. */
  resume(task: ResumableTask, context: PollContext): Promise<TransportResponse>;
}
