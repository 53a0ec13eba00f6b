import { arrayAt, isObject, objectAt, resolve, stringAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { follow } from "./expand-references.ts";

export interface WholeDocument {
  document: JsonObject;
  /** Operations that are left out, each with the reason. */
  notes: string[];
}

/** The methods of a path that are operations. */
export const methods: readonly string[] = [
  ...["get", "put", "post", "delete", "options", "head", "patch", "trace"],
];

/**
 * Returns the spec with every other operation of the vendor's document, as the vendor has it: the types of the plain client
 * are generated from this. What the spec has itself is kept, and a component of the vendor with the name of one of ours gets
 * another one.
 */
export function wholeDocument(spec: JsonObject, raw: JsonObject): WholeDocument {
  const components = structuredClone(objectAt(spec, "components"));
  const names = new Map<string, string>();
  const taken = operationIds(spec);
  const paths: JsonObject = { ...objectAt(spec, "paths") };
  const notes: string[] = [];

  const nameOf = (kind: string, name: string): string => {
    const key = `${kind}/${name}`;
    const known = names.get(key);
    if (known !== undefined) return known;
    let free = name;
    while (free in objectAt(components, kind)) free = `Vendor${free}`;
    names.set(key, free);
    const group = objectAt(components, kind);
    components[kind] = group;
    group[free] = {}; // before what it holds, which may refer to it
    try {
      group[free] = copy(objectAt(raw, "components", kind)[name] ?? null, 0);
    } catch (error) {
      names.delete(key); // the next operation that needs it fails likewise
      delete group[free];
      throw error;
    }
    return free;
  };
  const renamed = (ref: string): string => {
    const [, , kind = "", name = "", ...rest] = ref.split("/");
    return ["#", "components", kind, nameOf(kind, decodeName(name)), ...rest].join("/");
  };
  const copy = (value: Json, depth: number): Json => {
    if (Array.isArray(value)) return value.map((child) => copy(child, depth));
    if (!isObject(value)) return value;
    const ref = stringAt(value, "$ref");
    if (ref !== undefined) {
      const target = follow(raw, ref);
      if (target === undefined) throw new Error(`its reference ${ref} leads nowhere`);
      if (ref.startsWith("#/components/")) return { ...value, $ref: renamed(ref) };
      if (depth > 20) throw new Error(`its reference ${ref} leads back to itself`);
      return copy(target, depth + 1);
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, child]): [string, Json] => {
        if (key === "mapping" && isObject(child) && "propertyName" in value)
          return [
            key,
            Object.fromEntries(
              Object.entries(child).map(([one, to]) => [one, isReference(to) ? renamed(to) : to]),
            ),
          ];
        return [key, key === "example" || key === "examples" ? child : copy(child, depth)];
      }),
    );
  };

  for (const [path, item] of Object.entries(objectAt(raw, "paths"))) {
    for (const [method, operation] of operationsOf(raw, item)) {
      if (method in objectAt(paths, path)) continue; // ours
      try {
        const copied = objectAt(copy(operation, 0));
        const id = stringAt(copied, "operationId");
        if (id !== undefined && taken.has(id)) delete copied["operationId"];
        if (id !== undefined) taken.add(id);
        paths[path] = { ...objectAt(paths, path), [method]: copied };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        notes.push(`${method.toUpperCase()} ${path} has no types: ${reason}.`);
      }
    }
  }
  return { document: { ...spec, paths, components }, notes };
}

/** Lists the operations of a path, each with the parameters that all of them share. */
function operationsOf(raw: JsonObject, item: Json): [method: string, operation: JsonObject][] {
  const pathItem = isObject(item) && follow(raw, stringAt(item, "$ref") ?? "#") ? resolve(raw, item) : {};
  const shared = arrayAt(pathItem, "parameters");
  return methods.flatMap((method): [string, JsonObject][] => {
    const operation = pathItem[method];
    if (!isObject(operation)) return [];
    const parameters = [...shared, ...arrayAt(operation, "parameters")];
    return [[method, { ...operation, ...(parameters.length === 0 ? {} : { parameters }) }]];
  });
}

function operationIds(document: JsonObject): Set<string> {
  const items = Object.values(objectAt(document, "paths"));
  return new Set(
    items.flatMap((item) =>
      methods.flatMap((method) => stringAt(objectAt(item)[method], "operationId") ?? []),
    ),
  );
}

const isReference = (value: Json): value is string =>
  typeof value === "string" && value.startsWith("#/components/");

const decodeName = (name: string): string => {
  let plain = name;
  try {
    plain = decodeURIComponent(name);
  } catch {
    // A `%` that encodes nothing is a character of the name.
  }
  return plain.replaceAll("~1", "/").replaceAll("~0", "~");
};
