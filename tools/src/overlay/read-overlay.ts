import { type Path, parsePath } from "../document/json-path.ts";
import { arrayAt, isObject, objectAt, stringAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";

/** Returns the path of the operation that the overlay corrects. */
export function pathOf(overlay: JsonObject): string {
  for (const action of arrayAt(overlay, "actions")) {
    const path = parsePath(stringAt(action, "target") ?? "") ?? [];
    if (path[0] === "paths" && typeof path[1] === "string") return path[1];
  }
  throw new Error("No action of the overlay targets an operation. Look at `paths` in spec/overlay.yaml.");
}

/** Returns the names of the schemas that the overlay adds. */
export function ownSchemas(overlay: JsonObject): string[] {
  return arrayAt(overlay, "actions").flatMap((action) =>
    stringAt(action, "target") === "$.components.schemas" ? Object.keys(objectAt(action, "update")) : [],
  );
}

/**
 * Removes what the overlay replaces by a reference, such as an error response that the vendor has begun to document: what
 * stands beside a reference is ignored. What another action removes or copies stays for that action.
 */
export function dropReplaced(document: JsonObject, overlay: JsonObject): JsonObject {
  const used = arrayAt(overlay, "actions").flatMap((action) => [
    ...(objectAt(action)["remove"] === true ? [stringAt(action, "target") ?? ""] : []),
    stringAt(action, "copy") ?? "",
  ]);
  const result = structuredClone(document);
  const drop = (parent: Json | undefined, update: Json, path: Path): void => {
    if (!isObject(parent) || !isObject(update)) return;
    for (const [key, value] of Object.entries(update)) {
      const isReference = stringAt(value, "$ref") !== undefined;
      const at = [...path, key];
      if (isReference && key in parent && !used.some((text) => isSame(parsePath(text), at)))
        delete parent[key];
      else drop(parent[key], value, at);
    }
  };
  for (const action of arrayAt(overlay, "actions")) {
    const path = parsePath(stringAt(action, "target") ?? "");
    const { update } = objectAt(action);
    if (path === undefined || update === undefined) continue;
    const place = path.reduce<Json | undefined>(
      (value, key) =>
        Array.isArray(value) ? value[Number(key)] : isObject(value) ? value[String(key)] : undefined,
      result,
    );
    drop(place, update, path);
  }
  return result;
}

const isSame = (path: Path | undefined, other: Path): boolean =>
  path !== undefined && path.length === other.length && path.every((key, at) => key === other[at]);
