import { formatPath, isPendingState, type Leaf, wordsOf } from "../response/shapes/leaves.ts";

/** States of a task that has no image, and will have none. */
const failedState =
  /^(?:error(?:ed)?|fail(?:ed|ure)?|cancell?ed|aborted|expired|rejected|blocked|time(?:d_?)?out)$/i;
/** Fields that name a task, whatever else the response says. */
const taskName =
  /(?:^|_)(?:task|job|prediction|generation|batch|operation)_(?:id|uuid)$|^(?:task|job|operation)$/;
/** Fields that name any response: a task only beside a state that is pending. */
const anyName = /^(?:request_)?(?:id|uuid)$/;
const uuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

/**
 * Returns the id of the task that a response without an image announces. One that reports a failure announces none.
 *
 * @param isAccepted whether the status is 202, which says that the work is still to be done (RFC 9110, 15.3.3)
 */
export function findTask(leaves: readonly Leaf[], isAccepted = false): string | undefined {
  if (leaves.some(isFailure)) return undefined;
  const isPending = isAccepted || leaves.some(isPendingState);
  const ids = leaves.filter((leaf) => isTaskId(leaf) || (isPending && isAnyId(leaf)));
  const [id] = ids.sort((a, b) => rankOf(a) - rankOf(b));
  return id === undefined ? undefined : String(id.value);
}

/** Names that say the same as `task_id` come first, then what is least deep. */
function rankOf(leaf: Leaf): number {
  return leaf.path.length + (isTaskId(leaf) ? 0 : 100);
}

function isFailure({ path, value }: Leaf): boolean {
  const name = nameOf(path);
  if (/^(?:success|ok)$/.test(name)) return value === false;
  // A chat has responded, whatever its id looks like.
  if (path[0] === "choices") return true;
  if (!/stat(?:e|us)$/.test(name)) return false;
  return typeof value === "number" ? value >= 400 : isFailedState(value);
}

/** Returns whether a status says that a task ended without an image. */
export function isFailedState(status: unknown): boolean {
  return typeof status === "string" && failedState.test(status);
}

/** Returns whether a value is the id of a task by its name, or by how it begins. */
export function isTaskId(leaf: Leaf): boolean {
  if (!isId(leaf)) return false;
  const { path, value } = leaf;
  const name = nameOf(path);
  if (taskName.test(name)) return true;
  if (anyName.test(name)) return /^(?:task|job|pred)/i.test(String(value));
  return formatPath(path) === "data" && uuid.test(String(value));
}

function isAnyId(leaf: Leaf): boolean {
  return isId(leaf) && anyName.test(nameOf(leaf.path));
}

/** An id of what was sent is not one of what is made. */
function isId({ path, value }: Leaf): boolean {
  const isText = typeof value === "string" && value !== "" && !/\s/.test(value) && value.length <= 512;
  return (
    (isText || typeof value === "number") &&
    !path.some((part) => /^(?:inputs?|user|error)$/i.test(String(part)))
  );
}

function nameOf(path: Leaf["path"]): string {
  return wordsOf(String(path.findLast((part) => typeof part === "string") ?? "")).join("_");
}
