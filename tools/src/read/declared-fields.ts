import { arrayAt, isObject, objectAt, once, resolve, stringAt } from "../json.ts";
import type { JsonObject } from "../spec-types.ts";
import { addedSchema, vendorSchema } from "./family-parts.ts";

/** One part of the form, as the vendor's document or the overlay declares it. */
export interface DeclaredField {
  /** The part's name: `size`, or `svg[model]` for a member of an object that is sent as bracketed parts. */
  name: string;
  schema: JsonObject;
  required: boolean;
  origin: "vendor" | "added";
}

/** Returns the parts of the form: the vendor's own first, then those missing from its document. */
export function declaredFields(document: JsonObject): DeclaredField[] {
  const fields = new Map<string, DeclaredField>();
  for (const owner of [vendorSchema, addedSchema]) {
    const schema = objectAt(document, "components", "schemas", owner);
    const required = arrayAt(schema, "required");
    for (const [name, part] of partsOf(document, objectAt(schema, "properties"))) {
      if (fields.has(name)) continue; // the vendor's declaration wins over ours
      const origin = owner === vendorSchema ? "vendor" : "added";
      fields.set(name, { name, schema: part, required: required.includes(name), origin });
    }
  }
  return [...fields.values()];
}

/**
 * Flattens properties to the parts of a form. An object is as many parts as it has members, named with brackets:
 * `x-retouch: { parts: brackets }` on its declaration asks for that, and families restrict its members as they are.
 */
export function partsOf(document: JsonObject, properties: JsonObject): [name: string, schema: JsonObject][] {
  return Object.entries(properties).flatMap(([name, value]): [string, JsonObject][] => {
    const schema = resolve(document, value);
    if (!isObject(schema["properties"])) return [[name, schema]];
    return partsOf(document, objectAt(schema, "properties")).map(([inner, member]) => [
      `${name}[${inner.replace("[", "][")}${inner.includes("[") ? "" : "]"}`,
      member,
    ]);
  });
}

/** Returns the parts that a property of the form is sent as: itself, or the members of an object. */
export const partNames = once((document, property): readonly string[] => {
  const names = declaredFields(document).map(({ name }) => name);
  const members = names.filter((name) => name.startsWith(`${property}[`));
  return members.length === 0 ? [property] : members;
});

/** Returns the fields that are a single file each, such as `mask`; `image` is a list of files. */
export function fileFields(document: JsonObject): string[] {
  return declaredFields(document)
    .filter(({ schema }) => isFile(schema))
    .map(({ name }) => name);
}

export function isFile(schema: JsonObject): boolean {
  return schema["format"] === "binary";
}

/** Checks that each object of the overlay's fields says how its members are sent: no server reads an object as it is. */
export function checkAddedObjects(document: JsonObject): void {
  const properties = objectAt(document, "components", "schemas", addedSchema, "properties");
  for (const [name, value] of Object.entries(properties)) {
    const schema = resolve(document, value);
    if (schema["type"] !== "object") continue;
    if (stringAt(schema, "x-retouch", "parts") === "brackets" && isObject(schema["properties"])) continue;
    throw new Error(
      `The field \`${name}\` is an object, which a form cannot hold. ` +
        "Give it `properties` and `x-retouch: { parts: brackets }` in spec/overlay.yaml.",
    );
  }
}
