import { addedSchema, vendorSchema } from "./family-parts.ts";
import { arrayAt, objectAt, resolve, stringAt } from "./json.ts";
import type { Family, FieldType, JsonObject, SpecField } from "./spec-types.ts";

/** Reads every field of the form: the vendor's own first, then those that its document lacks. */
export function readFields(document: JsonObject, families: Family[]): SpecField[] {
  const fields = new Map<string, SpecField>();
  for (const schemaName of [vendorSchema, addedSchema]) {
    const schema = objectAt(document, "components", "schemas", schemaName);
    for (const [name, value] of Object.entries(objectAt(schema, "properties"))) {
      if (fields.has(name)) continue; // the vendor's words win over ours
      const base = resolve(document, value);
      fields.set(name, {
        name,
        type: fieldType(document, name, base, families),
        description: (stringAt(base, "description") ?? "").replace(/\s+/g, " ").trim(),
        ...(base["example"] === undefined ? {} : { example: base["example"] }),
        required: arrayAt(schema, "required").includes(name),
        origin: schemaName === vendorSchema ? "vendor" : "added",
      });
    }
  }
  return [...fields.values()];
}

/** Added fields have no type of their own, so that a model which only warns takes anything: families name it. */
function fieldType(document: JsonObject, name: string, base: JsonObject, families: Family[]): FieldType {
  if (base["format"] === "binary") return "file";
  if (base["type"] === "array" && resolve(document, base["items"])["format"] === "binary") return "files";
  const rules = families.flatMap((family) => family.rules.get(name) ?? []);
  const declared = base["type"] ?? rules.find((rule) => rule.type)?.type;
  return declared === "integer" || declared === "number" || declared === "boolean" ? declared : "string";
}
