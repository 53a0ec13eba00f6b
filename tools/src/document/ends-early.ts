import type { Json, JsonObject } from "../spec-types.ts";

/**
 * Returns whether a document is the beginning of an earlier one: its last value exists there, and nothing that follows
 * that value there is left. Text that is cut between two lines is valid YAML.
 */
export function endsEarly(before: JsonObject, after: JsonObject, text: string): boolean {
  const [old, current] = [leavesOf(before), leavesOf(after)];
  const last = current.at(-1);
  if (last === undefined) return true;
  const at = old.findIndex(({ path }) => path === last.path || path.startsWith(`${last.path}\u0000`));
  const missing = Object.keys(before).filter((key) => !(key in after));
  const isOpen = !text.endsWith("\n") && !text.trimEnd().endsWith("}");
  if (at < 0) return false;
  const rest = old.slice(at + 1);
  const known = new Set(current.map(({ path }) => path));
  if (rest.some(({ path }) => known.has(path))) return false;
  if (rest.length === 0) {
    const { path, value: whole = null } = old[at] ?? { path: "" };
    return isOpen && (path !== last.path || isStart(last.value, whole));
  }
  const isInside = rest[0]?.path.split("\u0000")[0] === last.path.split("\u0000")[0];
  return missing.length >= 2 || (missing.length === 1 && isInside) || isOpen;
}

/** Returns whether a value is what is left of another one when its text is cut: nothing, or the beginning of a text. */
const isStart = (value: Json, whole: Json): boolean =>
  value !== whole && (value === null || (typeof whole === "string" && whole.startsWith(String(value))));

/** Lists all values in their order, each with its path; keys are separated by a character that no key holds. */
function leavesOf(document: JsonObject): { path: string; value: Json }[] {
  const leaves: { path: string; value: Json }[] = [];
  const visit = (value: Json, path: string[]): void => {
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    if (entries.length === 0) leaves.push({ path: path.join("\u0000"), value });
    for (const [key, child] of entries) visit(child, [...path, key]);
  };
  visit(document, []);
  return leaves;
}
