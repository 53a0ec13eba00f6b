import { type BodySchema, bodySchemas } from "../generated/spec.gen.ts";
import { jsonResponse, type MockResponse } from "../mock-exchange.ts";

/** The name of a body in the spec. */
export type BodyName = keyof typeof bodySchemas;

/** Values of a body's members. Those that the schema does not have are omitted. */
export type BodyValues = Readonly<Record<string, unknown>>;

/**
 * Builds a body from its schema: the members that the schema has, in its order. A required member without a value gets an
 * empty one of its type, so that a new one is never missing.
 */
export function buildBody(name: BodyName, values: BodyValues): Record<string, unknown> {
  return buildObject(bodySchemas[name], values);
}

/** Creates the JSON response with that body. */
export function bodyResponse(
  name: BodyName,
  values: BodyValues,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): MockResponse {
  return jsonResponse(status, buildBody(name, values), headers);
}

function build(schema: BodySchema, value: unknown): unknown {
  if (value === undefined) return emptyValue(schema);
  if (schema.items && Array.isArray(value)) {
    const { items } = schema;
    return value.map((item) => build(items, item));
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return schema.properties && isObject ? buildObject(schema, value as BodyValues) : value;
}

function buildObject(schema: BodySchema, values: BodyValues): Record<string, unknown> {
  const members = Object.entries(schema.properties ?? {}).filter(
    ([name]) => values[name] !== undefined || schema.required?.includes(name),
  );
  return Object.fromEntries(members.map(([name, member]) => [name, build(member, values[name])]));
}

function emptyValue(schema: BodySchema): unknown {
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case "object":
      return buildObject(schema, {});
    case "array":
      return [];
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      return "";
  }
}
