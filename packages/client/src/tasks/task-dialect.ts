/** How a server that answers with the id of a task is asked for the result. */
export interface TaskDialect {
  /** The path of a task's status, `{id}` in place of its id, relative to the root: `/v1/tasks/{id}`. */
  readonly statusPath: string;
  /** Whether a failed task may have been billed; true by default. Only `false` makes its outcome `rejected`. */
  readonly failedTasksAreBilled?: boolean | undefined;
}
