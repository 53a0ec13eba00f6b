import { isObject } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { printKey, printLiteral } from "./print-literal.ts";

/** Finds the parts that rows have in common, innermost first, and names each: YAML's aliases, and rows printed twice. */
export function sharedParts(
  rows: ReadonlyMap<string, JsonObject>,
  isRepeated: (name: string) => boolean = () => false,
): Map<Json, string> {
  const counts = new Map<Json, number>();
  const visit = (value: Json): void => {
    if (!isObject(value)) return;
    const seen = counts.get(value) ?? 0;
    if (seen === 0) for (const member of Object.values(value)) visit(member);
    counts.set(value, seen + 1);
  };
  for (const [name, row] of rows) {
    visit(row);
    if (isRepeated(name)) visit(row);
  }
  const repeated = [...counts].filter(([, count]) => count > 1);
  return new Map(repeated.map(([part], index) => [part, `shared${index + 1}`]));
}

/** Prints a value; what is shared stands there by its name, but for `self`. */
export function printShared(value: Json, shared: ReadonlyMap<Json, string>, self?: Json): string {
  const name = value === self ? undefined : shared.get(value);
  if (name !== undefined) return name;
  if (!isObject(value)) return printLiteral(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${printKey(key)}: ${printShared(member, shared, self)}`);
  return `{ ${members.join(", ")} }`;
}
