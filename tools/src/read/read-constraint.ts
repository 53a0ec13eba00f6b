import { arrayAt, isObject, objectAt } from "../json.ts";
import type { Constraint, JsonObject } from "../spec-types.ts";

const numbers = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"] as const;

/** Reads a schema's constraints on its value. Every form field is text, so `type: string` adds none. */
export function readConstraint(schema: JsonObject): Constraint {
  if (isObject(schema["not"]) && Object.keys(schema["not"]).length === 0) return { refused: true };
  const constraint: Constraint = {};
  const type = schema["type"];
  if (type === "integer" || type === "number" || type === "boolean") constraint.type = type;
  const values = arrayAt(schema, "enum").filter(
    (value) => typeof value === "string" || typeof value === "number",
  );
  if (values.length > 0) constraint.enum = values;
  for (const key of numbers) {
    const value = schema[key];
    if (typeof value === "number") constraint[key] = value;
  }
  if (typeof schema["pattern"] === "string") constraint.pattern = schema["pattern"];
  const size = objectAt(schema, "x-retouch")["size"];
  if (isObject(size)) {
    const { words: keywords, ...rule } = size;
    constraint.size = rule;
    constraint.enum = arrayAt(keywords).filter((keyword) => typeof keyword === "string");
  }
  return constraint;
}
