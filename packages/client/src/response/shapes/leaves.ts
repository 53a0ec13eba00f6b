import { parseNestedJson } from "../json.ts";

/** A value of a parsed response that is neither an object nor a list, with the keys and indexes that lead to it. */
export interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** Real responses nest ten deep; what is deeper is not a result. */
const maxDepth = 32;

/**
 * Lists the leaves of a parsed response in its order. Keys that are numbers count as indexes, and a text that is JSON is
 * part of the response.
 */
export function leavesOf(response: unknown): Leaf[] {
  const leaves: Leaf[] = [];
  const open: Leaf[] = [{ path: [], value: response }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { path } = next;
    const value = parseNested(next.value);
    if (typeof value !== "object" || value === null) leaves.push(next);
    else if (path.length < maxDepth) {
      const entries = Object.entries(value).reverse();
      for (const [key, child] of entries)
        open.push({ path: [...path, /^\d+$/.test(key) ? Number(key) : key], value: child });
    }
  }
  return leaves;
}

function parseNested(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[{[]\s*["{[]/.test(value)) return value;
  return parseNestedJson(value) ?? value;
}

/** Returns the words of a key in lower case: `imageUrl`, `image_url` and `image-url` have the same. */
export function wordsOf(key: string): string[] {
  return key
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter(Boolean);
}

/** Formats a path as in code: `data[0].url`. Keys are the server's text: others than plain words are not quoted. */
export function formatPath(path: Leaf["path"]): string {
  const text = path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${/^[\w$-]{1,40}$/.test(part) ? part : "*"}`))
    .join("");
  return text.replace(/^\./, "");
}

const pendingState =
  /^(?:pending|queued|in_queue|enqueued|accepted|submitted|processing|in_progress|running|starting|waiting|not_start\w*|generating)$/i;

/** Returns whether a value is the state of a task that has no image yet. */
export function isPendingState({ path, value }: Leaf): boolean {
  const key = path.at(-1);
  return (
    typeof key === "string" &&
    /stat(?:e|us)$/i.test(key) &&
    typeof value === "string" &&
    pendingState.test(value)
  );
}
