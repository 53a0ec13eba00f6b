/**
 * How a server makes images in tasks: it responds to the form with an id, and its state is polled with GET until the
 * image is there. Paths in JSON are written as in code: `data.task_id`, `data[0].id`.
 */
export interface TaskDialect {
  /** The path of a task's state after the server's root, with `{id}`: `/v1/tasks/{id}`. */
  readonly statusPath?: string | undefined;
  /** Where the response to the form has the URL of the task's state, such as `urls.get`. It must be on the server's own origin. */
  readonly statusUrl?: string | undefined;
  /** Where the response to the form has the id. By default the usual places are searched. */
  readonly id?: string | undefined;
  /** Where a state has its status. By default every `status` and `state` is read. */
  readonly status?: string | undefined;
  /** Values of the status, in any case. Words such as `queued`, `completed` and `failed` are known; an unknown value is pending. */
  readonly pending?: readonly string[] | undefined;
  /** Values of the status of a task that has its images. */
  readonly done?: readonly string[] | undefined;
  /** Values of the status of a task that failed. */
  readonly failed?: readonly string[] | undefined;
  /** Where the state of a task that is done has its images. By default they are found by their shape. */
  readonly result?: string | undefined;
  /** Where the state of a failed task has its error: a message, or an object with one. */
  readonly error?: string | undefined;
  /** Whether failed tasks are billed; `true` by default, and their outcome is `unknown`. With `false` it is `rejected`. */
  readonly failedTasksAreBilled?: boolean | undefined;
  /** The wait before the first poll, in milliseconds; 2,000 by default. It grows to 15 s, unless the server sends `Retry-After`. */
  readonly intervalMs?: number | undefined;
}

/** A task that a server made for an edit: the argument of `onTask`, and what `resume` continues with. It is plain JSON. */
export interface TaskEvent {
  /** The server's id of the task. */
  readonly taskId: string;
  /** Where the task's state is polled, without the client's `query`: it is on the server's own origin. */
  readonly statusUrl: string;
  /** How the state is read. */
  readonly dialect: TaskDialect;
  readonly requestId?: string | undefined;
  readonly model?: string | undefined;
  /** How many images were requested, if `n` was given. */
  readonly n?: number | undefined;
}

/** A task to resume: the event of `onTask`, or only its id, which is polled by the client's own `dialect.task`. */
export type ResumableTask = Pick<TaskEvent, "taskId"> & Partial<TaskEvent>;
