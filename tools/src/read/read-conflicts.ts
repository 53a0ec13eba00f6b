import { arrayAt, objectAt } from "../json.ts";
import type { Condition, Conflict, JsonObject } from "../spec-types.ts";
import { partNames } from "./declared-fields.ts";
import type { FamilyPart } from "./family-parts.ts";

/**
 * Reads field combinations that are refused: a `not` with `required`, and conditions in `properties`. A field that is
 * only in `properties` must have one of its values, or the others are refused: `frame_count` without `output_format: gif`.
 */
export function readConflicts(document: JsonObject, parts: readonly FamilyPart[]): Conflict[] {
  return parts.flatMap(({ schema, severity, source }) => {
    const not = objectAt(schema, "not");
    const required = arrayAt(not, "required").filter((name) => typeof name === "string");
    const properties = objectAt(not, "properties");
    const fields = [...new Set([...required, ...Object.keys(properties)])];
    if (fields.length < 2) return [];
    const [first = "", ...others] = fields;
    const when = Object.fromEntries(
      others.map((name) => [name, readCondition(name, objectAt(properties, name), required.includes(name))]),
    );
    const own = readCondition(first, objectAt(properties, first), required.includes(first));
    return partNames(document, first).map((name) => ({ severity, source, when: { [name]: own, ...when } }));
  });
}

function readCondition(name: string, schema: JsonObject, isRequired: boolean): Condition {
  const valuesOf = (list: JsonObject) =>
    arrayAt(list, "enum").filter((value) => value !== null && typeof value !== "object");
  const [listed, except] = [valuesOf(schema), valuesOf(objectAt(schema, "not"))];
  if (isRequired !== except.length > 0) {
    const { minimum } = schema;
    if (except.length > 0) return { except };
    return {
      ...(listed.length > 0 ? { enum: listed } : {}),
      ...(typeof minimum === "number" ? { minimum } : {}),
    };
  }
  throw new Error(
    `The conflict about \`${name}\` can be read two ways. Put it in \`required\` with \`enum\`, \`minimum\` or nothing, ` +
      "or give it `not: { enum }` without `required`. Fix spec/overlay.yaml.",
  );
}
