import { isDeepStrictEqual } from "node:util";
import { isObject, stringAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { type Path, printPath } from "./json-path.ts";

/** An operation of a few hundred values cannot grow to this by its references alone. */
const maxValues = 200_000;

export interface Expanded {
  value: Json;
  /** Names of the schemas that contain themselves: their references stay. */
  recursive: Set<string>;
  /** References that lead nowhere, with the path of each. */
  dangling: { path: string; ref: string }[];
}

/**
 * Replaces the local references in a part of a document by what they lead to, and joins an `allOf` of objects into one
 * schema where no two of them disagree. What the vendor moves into a component is found where it is used.
 */
export function expandReferences(document: JsonObject, start: Json, at: Path): Expanded {
  const recursive = new Set<string>();
  const dangling: Expanded["dangling"] = [];
  let seen = 0;
  const expand = (value: Json, path: Path, open: readonly string[]): Json => {
    seen += 1;
    if (seen > maxValues)
      throw new Error(`${printPath(at)} has more than ${maxValues} values once its references are followed.`);
    if (Array.isArray(value)) return value.map((child, index) => expand(child, [...path, index], open));
    if (!isObject(value)) return value;
    const ref = stringAt(value, "$ref");
    if (ref !== undefined && !ref.startsWith("#")) return {}; // reported with every other one
    if (ref !== undefined) {
      const target = follow(document, ref);
      if (target === undefined) {
        dangling.push({ path: printPath(path), ref });
        return {}; // so that the rest can be compared
      }
      if (open.includes(ref)) {
        recursive.add(ref);
        return value;
      }
      const { $ref: _ref, ...beside } = value;
      const found = expand(target, path, [...open, ref]);
      // OpenAPI 3.0 ignores what is beside a reference; 3.1 reads it, and so do people.
      return isObject(found) ? { ...found, ...(expand(beside, path, open) as JsonObject) } : found;
    }
    const expanded = Object.fromEntries(
      Object.entries(value).map(([key, child]) => [
        key,
        key === "example" || key === "examples" ? child : expand(child, [...path, key], open),
      ]),
    );
    return joinAllOf(expanded);
  };
  return { value: expand(start, at, []), recursive, dangling };
}

/** Returns what a local reference leads to. */
export function follow(document: JsonObject, ref: string): Json | undefined {
  let current: Json | undefined = document;
  for (const part of ref.replace(/^#\/?/, "").split("/")) {
    if (part === "") continue;
    let key = part;
    try {
      key = decodeURIComponent(part);
    } catch {
      // A `%` that encodes nothing is a character of the name.
    }
    key = key.replaceAll("~1", "/").replaceAll("~0", "~");
    current = Array.isArray(current) ? current[Number(key)] : isObject(current) ? current[key] : undefined;
  }
  return current;
}

/** Joins `allOf` into its schema; leaves it where two members say different things of one name. */
function joinAllOf(schema: JsonObject): JsonObject {
  const { allOf, ...own } = schema;
  if (!Array.isArray(allOf) || !allOf.every(isObject)) return schema;
  let joined: JsonObject = {};
  for (const member of [...allOf, own]) {
    const next = join(joined, member);
    if (next === undefined) return schema;
    joined = next;
  }
  return joined;
}

function join(one: JsonObject, other: JsonObject): JsonObject | undefined {
  const joined: JsonObject = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const before = joined[key];
    if (before === undefined || isDeepStrictEqual(before, value)) joined[key] = value;
    else if (key === "properties" && isObject(before) && isObject(value)) {
      for (const name of Object.keys(value))
        if (name in before && !isDeepStrictEqual(before[name], value[name])) return undefined;
      joined[key] = { ...before, ...value };
    } else if (key === "required" && Array.isArray(before) && Array.isArray(value)) {
      joined[key] = [...before, ...value.filter((name) => !before.includes(name))];
    } else if (key === "description" || key === "title" || key === "example") joined[key] = value;
    else return undefined;
  }
  return joined;
}
