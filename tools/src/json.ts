import type { Json, JsonObject } from "./spec-types.ts";

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns an object's member that must be an object; `{}` when it is missing. */
export function objectAt(value: Json | undefined, ...keys: string[]): JsonObject {
  let current: Json | undefined = value;
  for (const key of keys) current = isObject(current) ? current[key] : undefined;
  return isObject(current) ? current : {};
}

export function arrayAt(value: Json | undefined, ...keys: string[]): Json[] {
  const last = keys.at(-1);
  const found = last === undefined ? value : objectAt(value, ...keys.slice(0, -1))[last];
  return Array.isArray(found) ? found : [];
}

export function stringAt(value: Json | undefined, ...keys: string[]): string | undefined {
  const last = keys.at(-1);
  const found = last === undefined ? value : objectAt(value, ...keys.slice(0, -1))[last];
  return typeof found === "string" ? found : undefined;
}

/** Follows a local `$ref`, such as `#/components/schemas/EditFields`. */
export function resolve(document: JsonObject, value: Json | undefined): JsonObject {
  let current = value;
  for (let depth = 0; depth < 20; depth++) {
    const ref = stringAt(current, "$ref");
    if (ref === undefined) return objectAt(current);
    const keys = ref
      .replace(/^#\//, "")
      .split("/")
      .map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
    current = keys.reduce<Json | undefined>((at, key) => (isObject(at) ? at[key] : undefined), document);
    if (current === undefined)
      throw new Error(`The spec's reference ${ref} leads nowhere. Look for it in spec/overlay.yaml.`);
  }
  throw new Error("A reference of the spec leads back to itself.");
}

/** Returns the last segment of a `$ref`: the schema's name. */
export function refName(value: Json | undefined): string | undefined {
  return stringAt(value, "$ref")?.split("/").at(-1);
}

/** Reads something from a document once: every later call returns the same. The document must not change after the first. */
export function once<Found>(read: (document: JsonObject, name: string) => Found): typeof read {
  const known = new WeakMap<JsonObject, Map<string, Found>>();
  return (document, name) => {
    const found = known.get(document) ?? new Map<string, Found>();
    known.set(document, found);
    const value = found.get(name) ?? read(document, name);
    found.set(name, value);
    return value;
  };
}
