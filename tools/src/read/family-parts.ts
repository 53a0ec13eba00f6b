import { arrayAt, isObject, objectAt, once, refName, resolve, stringAt } from "../json.ts";
import type { JsonObject, Severity } from "../spec-types.ts";

/** One schema of those that a family is made of. */
export interface FamilyPart {
  /** The schema's name, where it has one. */
  name: string | undefined;
  schema: JsonObject;
  source: string;
  severity: Severity;
}

/** The schema that holds the vendor's own fields. */
export const vendorSchema = "EditFields";
/** The schema that holds the fields which the vendor's document lacks. */
export const addedSchema = "AddedFields";

/** Collects a family's schema and everything that its `allOf` and `x-retouch.warnings` lead to, in order. */
export const familyParts = once((document, family): readonly FamilyPart[] =>
  partsOf(document, { $ref: `#/components/schemas/${family}` }, "vendor", "error"),
);

function partsOf(document: JsonObject, node: JsonObject, source: string, severity: Severity): FamilyPart[] {
  const schema = resolve(document, node);
  const extension = objectAt(schema, "x-retouch");
  const own = stringAt(extension, "source") ?? stringAt(schema, "source") ?? source;
  const parts: FamilyPart[] = [{ name: refName(node), schema, source: own, severity }];
  for (const child of arrayAt(schema, "allOf")) {
    parts.push(...partsOf(document, objectAt(child), own, severity));
  }
  if (isObject(extension["warnings"])) {
    parts.push(...partsOf(document, extension["warnings"], own, "warning"));
  }
  return parts;
}
