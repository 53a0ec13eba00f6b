import { isDeepStrictEqual } from "node:util";
import type { Path } from "../document/json-path.ts";
import type { PreparedVendor } from "../document/prepare-vendor.ts";
import { isObject, stringAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";

/** One vendor document: as it was parsed, and prepared for the overlay. */
export interface VendorDocument {
  raw: JsonObject;
  prepared: PreparedVendor;
}

/** One value that two documents have differently; `undefined` where one of them lacks it. */
export interface RawDifference {
  path: Path;
  before: Json | undefined;
  after: Json | undefined;
}

/** Lists whose order means nothing: an entry is added or removed. */
const sets = new Set(["enum", "required", "tags"]);

/**
 * Compares two values completely. A value that only one of them has is one difference, whatever it holds. The order of
 * keys means nothing; the order of a list does.
 */
export function diffValues(
  before: Json | undefined,
  after: Json | undefined,
  path: Path = [],
): RawDifference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => diffValues(own(before, key), own(after, key), [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path);
  return [{ path, before, after }];
}

const own = (value: { [key: string]: Json }, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined;

function diffLists(before: Json[], after: Json[], path: Path): RawDifference[] {
  const isScalar = (value: Json) => typeof value !== "object" || value === null;
  if (sets.has(String(path.at(-1))) && before.every(isScalar) && after.every(isScalar)) {
    const lost = before.filter((value) => !after.includes(value));
    const added = after.filter((value) => !before.includes(value));
    if (lost.length + added.length === 0) return [{ path, before, after }];
    return [
      ...lost.map((value) => ({ path, before: value, after: undefined })),
      ...added.map((value) => ({ path, before: undefined, after: value })),
    ];
  }
  const names = [before, after].map((list) => list.map(nameOf));
  const [old = [], current = []] = names;
  const isKeyed = names.every(
    (list) => list.every((name) => name !== undefined) && new Set(list).size === list.length,
  );
  if (isKeyed && before.length + after.length > 0) {
    const shared = [...new Set([...old, ...current])].flatMap((name) => {
      const [from, to] = [old.indexOf(name), current.indexOf(name)];
      return diffValues(before[from], after[to], [...path, to < 0 ? from : to]);
    });
    const kept = (list: (string | undefined)[], other: (string | undefined)[]) =>
      list.filter((name) => other.includes(name));
    const isMoved = !isDeepStrictEqual(kept(old, current), kept(current, old));
    return isMoved ? [...shared, { path, before, after }] : shared;
  }
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index) =>
    diffValues(before[index], after[index], [...path, index]),
  ).flat();
}

/** Returns what identifies an entry of a list: a parameter's place and name, a server's URL, a tag's name. */
function nameOf(value: Json): string | undefined {
  const name = stringAt(value, "name");
  if (name !== undefined) return `${stringAt(value, "in") ?? ""} ${name}`;
  return stringAt(value, "url");
}
