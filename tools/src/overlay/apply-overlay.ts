import { exec } from "jsonpath-rfc9535";
import { type Path, parsePath } from "../document/json-path.ts";
import { isObject } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { nearestPaths } from "./nearest-paths.ts";

interface OverlayAction {
  target: string;
  description?: string;
  update?: Json;
  copy?: string;
  remove?: boolean;
}

/** An action of the overlay that does not match the vendor's document. */
export class OverlayError extends Error {
  override readonly name = "OverlayError";
}

/**
 * Applies OpenAPI Overlay 1.1 actions, in order, to a copy of the document. Redocly does the same but
 * ignores a target without matches; this function reports that target and the nearest path. What an action would remove
 * may be absent, as long as the place where it would stand exists: the vendor has removed it.
 *
 * @param onMisfit Receives each action that does not match; that action is skipped. Without it, the first one is thrown.
 * @throws OverlayError for an action whose target, or whose source of a copy, is not in the document.
 */
export function applyOverlay(
  document: JsonObject,
  overlay: Json,
  onMisfit: (error: OverlayError) => void = (error) => {
    throw error;
  },
): JsonObject {
  let result: Json = structuredClone(document);
  readActions(overlay).forEach((action, index) => {
    try {
      result = applyAction(result, action, index);
    } catch (error) {
      if (!(error instanceof OverlayError)) throw error;
      onMisfit(error);
    }
  });
  if (!isObject(result))
    throw new OverlayError("The overlay removes the entire document. Check its targets.");
  return result;
}

function applyAction(document: Json, action: OverlayAction, index: number): Json {
  let result = document;
  const paths = find(result, action.target);
  if (paths.length === 0) {
    if (action.remove === true && mayBeAbsent(result, action.target)) return result;
    throw noMatch(result, index, "target", action.target);
  }
  if (action.remove === true) {
    return removeAll(result, paths);
  }
  let addition = action.update;
  if (action.copy !== undefined) {
    const [from, ...others] = find(result, action.copy);
    if (!from) throw noMatch(result, index, "copy", action.copy);
    if (others.length > 0)
      throw new OverlayError(
        `Action ${index + 1} of the overlay copies from \`${action.copy}\`, which matches ${others.length + 1} places. Select one.`,
      );
    addition = valueAt(result, from);
  }
  if (addition === undefined)
    throw new OverlayError(
      `Action ${index + 1} of the overlay (\`${action.target}\`) has neither update, copy nor remove.`,
    );
  const kinds = new Set(paths.map((path) => kindOf(valueAt(result, path))));
  if (kinds.size > 1) {
    throw new OverlayError(
      `Action ${index + 1} of the overlay updates ${[...kinds].join(" and ")} together: \`${action.target}\`. Split it.`,
    );
  }
  for (const path of paths) {
    const where = `\`${action.target}\` (action ${index + 1})`;
    result = replaceAt(result, path, update(valueAt(result, path), structuredClone(addition), where));
  }
  return result;
}

/** A search (`..`, `[?`) may find nothing; a path may lead to nothing as long as its parent exists. */
function mayBeAbsent(document: Json, target: string): boolean {
  const path = parsePath(target);
  if (path === undefined) return /\.\.|\[\?/.test(target);
  const parent = path.slice(0, -1);
  return parent.every((_, at) => hasKey(valueAt(document, parent.slice(0, at)), parent[at]));
}

function hasKey(value: Json, key: string | number | undefined): boolean {
  if (key === undefined) return false;
  return Array.isArray(value) ? Number(key) < value.length : isObject(value) && Object.hasOwn(value, key);
}

function readActions(overlay: Json): OverlayAction[] {
  const actions = isObject(overlay) ? overlay["actions"] : undefined;
  if (!Array.isArray(actions)) throw new OverlayError("The overlay has no list of `actions`.");
  return actions.map((action, index) => {
    const target = isObject(action) ? action["target"] : undefined;
    if (!isObject(action) || typeof target !== "string") {
      throw new OverlayError(`Action ${index + 1} of the overlay has no \`target\`. Give it a JSONPath.`);
    }
    const { update, copy, remove } = action;
    return {
      target,
      ...(update === undefined ? {} : { update }),
      ...(typeof copy === "string" ? { copy } : {}),
      ...(remove === true ? { remove } : {}),
    };
  });
}

function find(document: Json, expression: string): Path[] {
  const found: Path[] = [];
  try {
    exec(document, expression, (_value, path) => {
      found.push([...path]);
    });
  } catch (cause) {
    throw new OverlayError(`The overlay's \`${expression}\` is not a JSONPath (RFC 9535). Fix it.`, {
      cause,
    });
  }
  return found;
}

function noMatch(document: Json, index: number, role: "target" | "copy", expression: string): OverlayError {
  const near = nearestPaths(document, expression);
  const hint = near.length === 0 ? "" : ` Nearest: ${near.map((path) => `\`${path}\``).join(", ")}.`;
  return new OverlayError(
    `Action ${index + 1} of the overlay matches nothing: ${role} \`${expression}\`.${hint} ` +
      "Fix spec/overlay.yaml, or remove the action if the vendor has fixed its document.",
  );
}

function valueAt(document: Json, path: Path): Json {
  let current: Json | undefined = document;
  for (const key of path) {
    current = Array.isArray(current)
      ? current[Number(key)]
      : isObject(current)
        ? current[String(key)]
        : undefined;
  }
  return current ?? null;
}

function replaceAt(document: Json, path: Path, value: Json): Json {
  const key = path.at(-1);
  if (key === undefined) return value;
  const parent = valueAt(document, path.slice(0, -1));
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else if (isObject(parent)) parent[String(key)] = value;
  return document;
}

/** Removes from the end, so that earlier list indices stay valid. */
function removeAll(document: Json, paths: Path[]): Json {
  for (const path of paths.toReversed()) {
    const key = path.at(-1);
    const parent = valueAt(document, path.slice(0, -1));
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (isObject(parent)) delete parent[String(key)];
  }
  return document;
}

const kindOf = (value: Json) =>
  Array.isArray(value) ? "a list" : isObject(value) ? "an object" : "a plain value";

/** Updates a target as the Overlay Specification says: a list takes another list's entries, or one entry. */
function update(target: Json, addition: Json, where: string): Json {
  if (Array.isArray(target) && !Array.isArray(addition)) return [...target, addition];
  return merge(target, addition, where);
}

/** Merges objects by key and concatenates lists; a scalar replaces a scalar. */
function merge(target: Json, addition: Json, where: string): Json {
  if (kindOf(target) !== kindOf(addition)) {
    throw new OverlayError(
      `The overlay updates ${kindOf(target)} with ${kindOf(addition)} at ${where}. Remove the old one first.`,
    );
  }
  if (Array.isArray(target)) return [...target, ...(Array.isArray(addition) ? addition : [])];
  if (!isObject(target) || !isObject(addition)) return addition;
  const merged: JsonObject = { ...target };
  for (const [key, value] of Object.entries(addition)) {
    const before = merged[key];
    merged[key] = before === undefined ? value : merge(before, value, `${where}.${key}`);
  }
  return merged;
}
