import { ConfigurationError } from "../errors/errors.ts";
import { textOf, valueAt } from "../response/json.ts";
import type { ResumableTask, TaskDialect, TaskEvent } from "./task-dialect.ts";

/** The server whose tasks are polled. */
export interface TaskServer {
  readonly root: string;
  readonly origin: string;
}

const pathNames = ["id", "status", "result", "error", "statusUrl"] as const;

/**
 * Checks the options for tasks, before anything is sent.
 *
 * @throws ConfigurationError (`not-sent`) for the first invalid one
 */
export function checkTaskDialect(dialect: TaskDialect): void {
  const { statusPath, statusUrl, intervalMs = 1 } = dialect;
  if (statusPath === undefined && statusUrl === undefined)
    throw invalid("", "needs `statusPath`, such as `/v1/tasks/{id}`, or `statusUrl`.");
  if (statusPath !== undefined && !/^\/[\w./~{}?=&-]*\{id\}[\w./~?=&-]*$/.test(statusPath))
    throw invalid(".statusPath", "must be a path with `{id}`, such as `/v1/tasks/{id}`.");
  for (const name of pathNames) {
    if (dialect[name] !== undefined && !/^[\w$[\].-]{1,200}$/.test(dialect[name]))
      throw invalid(`.${name}`, "must be a path in JSON, such as `data.task_id`.");
  }
  if (!(intervalMs >= 1 && intervalMs <= 3_600_000))
    throw invalid(".intervalMs", "must be a number of milliseconds, from 1 to an hour.");
}

// Not `invalidOption`: a chunk that shares its file with the start of a page makes that start heavier.
function invalid(name: string, text: string): ConfigurationError {
  return new ConfigurationError(`\`dialect.task${name}\` ${text}`);
}

/**
 * Returns where the state of a task is polled: by the response's own URL, else by its id. `undefined` for an id that has
 * no place in a URL, and for a URL on another server, which must not get the key.
 */
export function statusUrlOf(
  id: string,
  json: unknown,
  { statusPath, statusUrl }: TaskDialect,
  server: TaskServer,
): string | undefined {
  const given = statusUrl === undefined ? undefined : textOf(valueAt(json, statusUrl));
  const own = given === undefined ? undefined : urlOn(server, given);
  if (own !== undefined) return own;
  if (statusPath === undefined || /^\.*$/.test(id)) return undefined;
  return urlOn(server, server.root + statusPath.replaceAll("{id}", encodeURIComponent(id)));
}

/**
 * Returns the complete event of a task that is resumed.
 *
 * @throws ConfigurationError for one that is on another server than the client's, or that nothing says how to poll
 */
export function createTask(task: ResumableTask, own: TaskDialect | undefined, server: TaskServer): TaskEvent {
  const dialect = task.dialect ?? own ?? {};
  if (task.statusUrl === undefined) checkTaskDialect(dialect);
  const statusUrl =
    task.statusUrl === undefined
      ? statusUrlOf(task.taskId, undefined, dialect, server)
      : urlOn(server, task.statusUrl);
  if (statusUrl === undefined)
    throw new ConfigurationError(
      "`baseUrl` is another server than that of the task. Give the one that made it.",
    );
  return { ...task, statusUrl, dialect };
}

/** Returns a URL, which may be relative to the server's root, if it is on the server's own origin. */
function urlOn({ root, origin }: TaskServer, url: string): string | undefined {
  if (!URL.canParse(url, `${root}/`)) return undefined;
  const { href, origin: found, username, password } = new URL(url, `${root}/`);
  return found === origin && username === "" && password === "" ? href.replace(/#.*/, "") : undefined;
}

/** Returns a URL with the client's query parameters. */
export function withQuery(url: string, query: Readonly<Record<string, string>> | undefined): string {
  const full = new URL(url);
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) full.searchParams.set(name, value);
  return full.href;
}
