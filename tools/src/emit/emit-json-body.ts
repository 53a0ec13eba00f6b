import { findOperation } from "../document/find-operation.ts";
import { isObject, objectAt, resolve, stringAt } from "../json.ts";
import type { Spec } from "../spec-types.ts";
import { generatedHeader } from "./generated-header.ts";
import { printLiteral } from "./print-literal.ts";

/**
 * Writes the client's `json-body.gen.ts`: how the spec's JSON body names its images, and the longest URL of one.
 *
 * @throws Error when the spec has no such body
 */
export function emitJsonBody(spec: Spec): string {
  const { document } = spec;
  const operation = findOperation(document, spec.path)?.operation;
  const schema = objectAt(operation, "requestBody", "content", "application/json", "schema");
  const properties = objectAt(resolve(document, schema), "properties");
  const list = Object.entries(properties).find(
    ([, property]) => stringAt(resolve(document, property), "type") === "array",
  );
  const image = objectAt(resolve(document, objectAt(list?.[1])["items"] ?? {}), "properties");
  const url = Object.entries(image).find(([, property]) => stringAt(property, "format") === "uri");
  const maxUrlLength = objectAt(url?.[1])["maxLength"];
  const fileId = Object.keys(image).find((name) => name !== url?.[0]);
  const mask = Object.keys(properties).find(
    (name) => name !== list?.[0] && isObject(resolve(document, properties[name])["properties"]),
  );
  if (!list || !url || !fileId || !mask || typeof maxUrlLength !== "number")
    throw new Error(
      "The JSON body of spec/openapi.yaml needs a list of images, each with a `uri` of a `maxLength` and an id, and a mask. Look at JsonEditRequest in spec/overlay.yaml.",
    );
  const shape = { url: url[0], fileId };
  return `${generatedHeader("emit/emit-json-body.ts", "spec/openapi.yaml")}/** The JSON body of the spec, in terms of \`dialect\`. */
export const jsonDialect = ${printLiteral({ imageField: list[0], maskField: mask, imageShape: shape })} as const;
/** The longest URL of an image in a JSON body, in characters; a \`data:\` URI is one. */
export const maxUrlLength = ${maxUrlLength};
`;
}
