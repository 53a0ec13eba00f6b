/**
 * A parameter's value as far as a message may show it. Text that is not a plain word could be a prompt or a key, so only
 * its length is given.
 */
export type ShownValue =
  | string
  | number
  | boolean
  | null
  | { readonly type: string; readonly length?: number };

/** Returns as much of a value as a message may show. */
export function toShownValue(value: unknown): ShownValue {
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  if (typeof value !== "string") return { type: Array.isArray(value) ? "list" : typeof value };
  return /^[\w.:%-]{1,16}$/.test(value) ? value : { type: "text", length: [...value].length };
}

/** Returns a value in a sentence: `high`, 3, a list. */
export function formatValue(value: ShownValue): string {
  if (typeof value === "string") return `\`${value}\``;
  if (typeof value !== "object" || value === null) return String(value);
  if (value.length !== undefined) return `a text of ${value.length} characters`;
  return /^(list|string)$/.test(value.type) ? `a ${value.type}` : `of type ${value.type}`;
}

/** Returns the name of a field for a message; a name that is not a plain word could be a prompt or a key. */
export function toShownName(name: string): string {
  return /^[\w.[\]-]{1,40}$/.test(name) ? name : "(a name that is not a word)";
}

/** Joins values for a sentence: `a`, `b` or `c`. */
export function joinOr(values: readonly (string | number | boolean)[]): string {
  const quoted = values.map((value) => `\`${value}\``);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}
