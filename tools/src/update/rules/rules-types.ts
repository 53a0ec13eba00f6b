import type { Path } from "../../document/json-path.ts";
import type { Json } from "../../spec-types.ts";
import { type DifferenceLevel, explain, type Verdict } from "../difference.ts";

/** Which way a value goes: what a caller must give may not grow, what a caller gets may not shrink. */
type Direction = "request" | "response" | "both";

/** Members that no type holds: texts, examples, and limits of values. */
const untyped = new Set([
  ...[
    "description",
    "summary",
    "title",
    "example",
    "examples",
    "tags",
    "externalDocs",
    "operationId",
    "default",
  ],
  ...[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
  ],
  ...["minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "security", "servers", "xml"],
]);

/** Members whose own members are named freely: `properties.description` is a property, not a text. */
const maps = new Set([
  "properties",
  "schemas",
  "parameters",
  "responses",
  "headers",
  "content",
  "paths",
  "mapping",
]);

/**
 * Explains a difference in what only the plain client has types of: another operation, another body of ours, a component
 * that they use. Its types are generated, so that what they lose breaks code.
 */
export function typesVerdict(
  what: string,
  path: Path,
  before: Json | undefined,
  after: Json | undefined,
): Verdict {
  const last = path.at(-1);
  const parent = path.at(-2);
  const isText = path.some((key, at) => isUntyped(key, path[at - 1]));
  const verb = before === undefined ? "new" : after === undefined ? "gone" : "changed";
  if (isText) return explain("none", `Not in a type: ${String(last)} of ${what} is ${verb}.`);
  const value = after ?? before;
  const named = typeof value === "object" ? "" : ` ${JSON.stringify(value)}`;
  const says = (level: DifferenceLevel) =>
    explain(level, `The types of ${what}: ${path.slice(-3).join(".")}${named} is ${verb}.`);
  const isRequest = directionOf(path) === "request";
  const isResponse = directionOf(path) === "response";
  if (last === "deprecated") return explain(after === true ? "minor" : "none", `Deprecated: ${what}.`);
  if (last === "required" || parent === "required")
    return says((before === undefined ? isResponse : isRequest) && isList(before, after) ? "minor" : "major");
  if (last === "enum" || parent === "enum")
    return says(before === undefined || isResponse ? "minor" : "major");
  if (before === undefined && !isNarrowing(last) && !isRequiredParameter(after)) return says("minor");
  return says("major");
}

const isUntyped = (key: string | number | undefined, parent: string | number | undefined): boolean =>
  typeof key === "string" && !maps.has(String(parent)) && (untyped.has(key) || key.startsWith("x-"));

function directionOf(path: Path): Direction {
  // A callback turns both around, so it has no direction here.
  if (path.includes("callbacks")) return "both";
  if (path.includes("requestBody") || path.includes("parameters")) return "request";
  return path.includes("responses") ? "response" : "both";
}

/** Names came to a list or went from it; `required: true` of a parameter or a body is not a list. */
const isList = (before: Json | undefined, after: Json | undefined): boolean =>
  typeof (before ?? after) === "string" || Array.isArray(before ?? after);

/** Keywords that make a type narrower, or another one, when they come. */
const isNarrowing = (key: string | number | undefined): boolean =>
  /^(?:type|format|const|allOf|not|nullable|additionalProperties|items|\$ref|discriminator|anyOf|oneOf|schema)$/.test(
    String(key),
  );

/** Whether a parameter, one of a list, or a body has to be given. */
const isRequiredParameter = (value: Json | undefined): boolean =>
  Array.isArray(value)
    ? value.some(isRequiredParameter)
    : typeof value === "object" && value !== null && value["required"] === true;
