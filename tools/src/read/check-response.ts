import { printPath } from "../document/json-path.ts";
import type { PreparedVendor } from "../document/prepare-vendor.ts";
import { objectAt } from "../json.ts";
import type { JsonObject, Misfit } from "../spec-types.ts";

/** Checks that the vendor's 200 response is one that the client reads and the mock makes. */
export function checkResponse({ operation, path }: PreparedVendor): Misfit[] {
  const place = ["responses", "200", "content", "application/json", "schema"];
  const schema = objectAt(operation, ...place);
  if (isChatCompletion(schema)) return [];
  return [
    {
      path: printPath(["paths", path, "post", ...place]),
      text:
        "The 200 response is no longer a chat completion with `choices[].message.content`, which the mock makes from this schema " +
        `and the client reads. It has ${Object.keys(objectAt(schema, "properties")).join(", ") || "no properties"}. ` +
        "Let the reader and the mock follow, then correct the copy into VendorChatCompletion in spec/overlay.yaml.",
    },
  ];
}

function isChatCompletion(schema: JsonObject): boolean {
  const choices = objectAt(schema, "properties", "choices");
  const message = objectAt(choices, "items", "properties", "message");
  const content = objectAt(message, "properties", "content");
  return choices["type"] === "array" && message["type"] === "object" && content["type"] === "string";
}
