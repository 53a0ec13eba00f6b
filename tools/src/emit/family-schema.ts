import type { Condition, Family, JsonObject, Rule, Spec } from "../spec-types.ts";

/**
 * Builds the JSON Schema of one family's text fields from its error rules alone: a server accepts values
 * that only cause a warning. Descriptions are omitted, and unknown fields pass.
 */
export function familySchema(spec: Spec, family: Family): JsonObject {
  const properties: JsonObject = {};
  for (const field of spec.fields) {
    const rule = family.rules.get(field.name)?.find(({ severity }) => severity === "error");
    const isFile = field.type === "file" || field.type === "files";
    if (rule && (!isFile || rule.refused)) properties[field.name] = fieldSchema(rule);
  }
  const required = spec.fields
    .filter((field) => field.required && field.type !== "file" && field.type !== "files")
    .map((field) => field.name);
  // Ajv wants a schema for each field that it requires; `model` has no rules of its own.
  for (const name of required) properties[name] ??= {};
  const conflicts = family.conflicts
    .filter(({ severity }) => severity === "error")
    .map(({ when }) => ({
      not: {
        required: Object.keys(when).filter((name) => !when[name]?.except),
        properties: Object.fromEntries(
          Object.entries(when).map(([name, condition]) => [name, conditionSchema(condition)]),
        ),
      },
    }));
  return { type: "object", properties, required, ...(conflicts.length === 0 ? {} : { allOf: conflicts }) };
}

function conditionSchema({ enum: values, minimum, except }: Condition): JsonObject {
  if (except) return { not: { enum: except } };
  return {
    ...(values ? { enum: values } : {}),
    ...(minimum === undefined ? {} : { type: "integer", minimum }),
  };
}

function fieldSchema({
  severity: _severity,
  source: _source,
  refused,
  size,
  type,
  ...limits
}: Rule): JsonObject | boolean {
  if (refused) return false;
  // Sizes by rule: the pattern says what a text may look like, the mock's own code counts.
  const { enum: _words, ...free } = limits;
  return { type: type ?? "string", ...(size ? free : limits) };
}
