import { objectAt, resolve, stringAt } from "../json.ts";
import type { Family, FieldType, Json, JsonObject, SpecField } from "../spec-types.ts";
import { checkAddedObjects, declaredFields, isFile } from "./declared-fields.ts";

/** Reads every field of the form: the vendor's own first, then those missing from its document. */
export function readFields(document: JsonObject, families: Family[]): SpecField[] {
  checkAddedObjects(document);
  return declaredFields(document).map(({ name, schema, required, origin }) => ({
    name,
    type: fieldType(document, name, schema, families),
    description: (stringAt(schema, "description") ?? "").replace(/\s+/g, " ").trim(),
    ...(schema["example"] === undefined ? {} : { example: schema["example"] }),
    ...defaultOf(schema),
    ...(schema["deprecated"] === true ? { deprecated: true as const } : {}),
    required,
    origin,
  }));
}

/** Not `default`: generators fill that in, and a model that refuses the field would refuse the edit. */
function defaultOf(schema: JsonObject): { default?: Json } {
  const value = objectAt(schema, "x-retouch")["default"];
  return value === undefined ? {} : { default: value };
}

/** Added fields have no type, so that a model which only warns accepts any value: the type is in the families. */
function fieldType(document: JsonObject, name: string, schema: JsonObject, families: Family[]): FieldType {
  if (isFile(schema)) return "file";
  if (schema["type"] === "array" && isFile(resolve(document, schema["items"]))) return "files";
  const rules = families.flatMap((family) => family.rules.get(name) ?? []);
  const declared = schema["type"] ?? rules.find((rule) => rule.type)?.type;
  return declared === "integer" || declared === "number" || declared === "boolean" ? declared : "string";
}
