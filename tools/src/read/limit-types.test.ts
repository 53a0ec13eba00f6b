import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseObject } from "../document/parse-object.ts";
import { isObject, objectAt, stringAt } from "../json.ts";
import type { Json } from "../spec-types.ts";

const specFile = join(import.meta.dirname, "../../../spec/openapi.yaml");
const document = parseObject(await readFile(specFile, "utf8"), "spec/openapi.yaml");

/** The types that each limit is about; a generator that does not find one drops the limit. */
const typesOf: Record<string, readonly string[]> = {
  minLength: ["string"],
  maxLength: ["string"],
  pattern: ["string"],
  minimum: ["integer", "number"],
  maximum: ["integer", "number"],
  minItems: ["array"],
  maxItems: ["array"],
  enum: ["string", "integer", "number", "boolean"],
};

/** Returns the paths of limits without a fitting `type` beside them. */
function untyped(schema: Json, path: string): string[] {
  if (Array.isArray(schema)) return schema.flatMap((one, index) => untyped(one, `${path}/${index}`));
  if (!isObject(schema)) return [];
  const own = Object.entries(typesOf)
    // `pattern` and others may be names of fields in `properties`.
    .filter(
      ([limit, types]) =>
        !path.endsWith("/properties") && limit in schema && !types.includes(stringAt(schema, "type") ?? ""),
    )
    .map(([limit]) => `${path}/${limit}`);
  return [...own, ...Object.entries(schema).flatMap(([key, value]) => untyped(value, `${path}/${key}`))];
}

describe("limits of the spec", () => {
  it("stand beside a type", () => {
    expect(untyped(objectAt(document, "components", "schemas"), "schemas")).toEqual([]);
  });

  it.each([
    [{ properties: { prompt: { maxLength: 5 } } }, ["x/properties/prompt/maxLength"]],
    [{ not: { enum: ["a"] } }, ["x/not/enum"]],
    [{ type: "string", minimum: 3 }, ["x/minimum"]],
    [{ properties: { pattern: { type: "string", pattern: "a" } } }, []],
  ])("are found untyped in %j", (schema, found) => expect(untyped(schema, "x")).toEqual(found));
});
