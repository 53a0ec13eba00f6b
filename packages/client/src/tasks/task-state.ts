import type { Redact } from "../errors/redactor.ts";
import { parseServerError } from "../errors/server-error.ts";
import { decodeImages } from "../response/decode-images.ts";
import { memoryStore } from "../response/image-store.ts";
import { textOf, valueAt } from "../response/json.ts";
import { reasonIn } from "../response/shapes/explain-missing-image.ts";
import { isPendingState, type Leaf, leavesOf } from "../response/shapes/leaves.ts";
import { findTask, isFailedState, isTaskId } from "./find-task.ts";
import type { HeldBody } from "./hold-body.ts";
import type { TaskDialect } from "./task-dialect.ts";

/** What a response says of a task: its images are there, it failed, or it goes on. */
type TaskState = "pending" | "done" | "failed";

/** A response that may describe a task. */
export interface TaskDescription {
  readonly json: unknown;
  readonly leaves: readonly Leaf[];
  /** `undefined` if it has neither a status nor an image. */
  readonly state: TaskState | undefined;
}

const doneState = /^(?:succe(?:ss(?:ful)?|ed(?:ed)?)|complete[d]?|done|finished|ready)$/i;

/** Reads what a response says of a task; `undefined` for one that is not JSON, or too long to describe only a task. */
export async function describeTask(
  held: HeldBody,
  dialect: TaskDialect,
): Promise<TaskDescription | undefined> {
  const { text, images, isComplete } = held;
  let json: unknown;
  try {
    json = isComplete ? JSON.parse(text.trimStart().replace(/^\uFEFF/, "")) : undefined;
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null) {
    // What was read of a long one shows its status, unless an image comes first.
    const state = stateOfText(text, dialect);
    return isComplete || state === undefined ? undefined : { json, leaves: [], state };
  }
  const leaves = leavesOf(json);
  const stated = stateOfJson(json, leaves, dialect);
  if (stated !== undefined) return { json, leaves, state: stated };
  const decoded = await decodeImages(json, images, memoryStore, { anyShape: true });
  return { json, leaves, state: decoded.images.length > 0 ? "done" : undefined };
}

/** Returns the id of a task that the response to a form describes. */
export function taskIdOf(
  { json, leaves, state }: TaskDescription,
  dialect: TaskDialect,
  isAccepted: boolean,
): string | undefined {
  if (dialect.id === undefined && state === "failed") {
    const id = leaves.find(isTaskId)?.value;
    return id === undefined ? undefined : String(id);
  }
  if (dialect.id === undefined) return findTask(leaves, isAccepted);
  const id = valueAt(json, dialect.id);
  return typeof id === "number" ? String(id) : textOf(id);
}

function stateOfJson(json: unknown, leaves: readonly Leaf[], dialect: TaskDialect): TaskState | undefined {
  if (dialect.status !== undefined) {
    const status = valueAt(json, dialect.status);
    if (status === undefined || status === null || status === "") return undefined;
    return stateOf(String(status), dialect) ?? "pending";
  }
  const states = leaves
    .filter(({ path }) => /stat(?:e|us)$/i.test(String(path.at(-1))))
    .map(({ value }) => stateOf(String(value), dialect));
  return mostCautious(states);
}

function stateOfText(text: string, dialect: TaskDialect): TaskState | undefined {
  const name = dialect.status?.split(/[.[\]]+/).findLast(Boolean);
  const fields = text.matchAll(/"(\w+)"\s*:\s*"([^"\\]{1,40})"/g);
  const states = [...fields]
    .filter(([, field = ""]) => (name === undefined ? /stat(?:e|us)$/i.test(field) : field === name))
    .map(([, , value = ""]) => stateOf(value, dialect));
  return mostCautious(states);
}

/** A request that succeeded is not a task that did: gateways send both in one response. */
function mostCautious(states: readonly (TaskState | undefined)[]): TaskState | undefined {
  return (["pending", "failed", "done"] as const).find((state) => states.includes(state));
}

function stateOf(status: string, { pending, done, failed }: TaskDialect): TaskState | undefined {
  const isIn = (list: readonly string[] | undefined) =>
    list?.some((value) => value.toLowerCase() === status.toLowerCase()) ?? false;
  if (isIn(pending)) return "pending";
  if (isIn(done)) return "done";
  if (isIn(failed)) return "failed";
  if (isPendingState({ path: ["status"], value: status })) return "pending";
  if (isFailedState(status)) return "failed";
  return doneState.test(status) ? "done" : undefined;
}

/** Returns the server's message and code for a task that failed. */
export function readTaskError(
  { json, leaves }: TaskDescription,
  { error: errorPath, status: statusPath }: TaskDialect,
  redact: Redact,
): { readonly code: string | undefined; readonly message: string | undefined } {
  const given = errorPath === undefined ? undefined : valueAt(json, errorPath);
  const statusAt = statusPath ?? pathOfStatus(leaves);
  const parent = valueAt(json, statusAt.replace(/(?:^|\.)[^.]*$/, ""));
  const sources = [typeof given === "string" ? { message: given } : { error: given }, parent, json];
  for (const source of sources) {
    const { code, message } = parseServerError(source, redact);
    if (message === undefined || /^\W*(?:ok|success\w*)\W*$/i.test(message)) continue;
    const isCode = code !== undefined && !/^(?:0+|2\d\d|ok|success)$/i.test(code);
    return { message, code: isCode ? code : undefined };
  }
  return { code: undefined, message: reasonIn(leaves, redact) };
}

function pathOfStatus(leaves: readonly Leaf[]): string {
  const path = leaves.find(({ value }) => isFailedState(value))?.path ?? [];
  return path.join(".");
}
