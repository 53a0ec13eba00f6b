import { objectAt, resolve } from "../json.ts";
import type { Constraint, Family, JsonObject, SpecField } from "../spec-types.ts";
import { familyParts, vendorSchema } from "./family-parts.ts";
import { readConstraint } from "./read-constraint.ts";

/** Returns the constraints of a field in the overlay's parts of a family, including warnings. */
export function overlaySays(document: JsonObject, family: Family, field: string): JsonObject[] {
  return familyParts(document, family.name)
    .filter((part) => part.name !== vendorSchema && field in objectAt(part.schema, "properties"))
    .map((part) => resolve(document, objectAt(part.schema, "properties")[field]));
}

export function vendorFields(document: JsonObject): [name: string, schema: JsonObject][] {
  const properties = objectAt(document, "components", "schemas", vendorSchema, "properties");
  return Object.entries(properties).map(([name, schema]) => [name, resolve(document, schema)]);
}

/** Marks the vendor's fields that no family handles as optional and reports them: they are sent unchanged. */
export function noteNewFields(document: JsonObject, families: Family[], fields: SpecField[]): string[] {
  return fields.flatMap((field) => {
    const isOld = field.origin === "added" || field.name === "model" || field.name === "mask";
    const property = field.name.replace(/\[.*/, ""); // the members of an object are restricted by it
    if (isOld || families.some((family) => overlaySays(document, family, property).length > 0)) return [];
    const isRequired = field.required;
    field.required = false;
    const isFile = field.type === "file" || field.type === "files";
    return [
      `The vendor's field \`${field.name}\` is new: it is optional and loose for every model. ` +
        (isRequired ? "The vendor requires it, and servers refuse edits without it. " : "") +
        (isFile ? "It is a file, which nothing sends yet. " : "") +
        "Say in spec/overlay.yaml which families take it.",
    ];
  });
}

const limits = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"] as const;

/** Reports limits of the vendor that are looser than the overlay's for every model: ours may be out of date. */
export function noteTighterLimits(document: JsonObject, families: Family[]): string[] {
  return vendorFields(document).flatMap(([field, schema]) => {
    const theirs: Constraint = readConstraint(schema);
    return limits.flatMap((key) => {
      const rules = families.map((family) =>
        family.rules.get(field)?.find(({ severity }) => severity === "error"),
      );
      if (theirs[key] === undefined || rules.some((rule) => rule?.[key] === theirs[key])) return [];
      const ours = [...new Set(rules.flatMap((rule) => rule?.[key] ?? []))].join(", ");
      return [
        `The vendor's \`${key}\` of \`${field}\` is ${theirs[key]}, looser than ours for every model (${ours}). ` +
          "See whether spec/overlay.yaml still holds.",
      ];
    });
  });
}
