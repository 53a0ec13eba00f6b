import { printPath } from "../document/json-path.ts";
import type { PreparedVendor } from "../document/prepare-vendor.ts";
import { objectAt } from "../json.ts";
import type { JsonObject, Misfit } from "../spec-types.ts";

/**
 * Checks that the vendor's 200 response is one that the client reads and the mock makes: a chat completion where the overlay
 * copies one, else a list of images.
 */
export function checkResponse({ operation, path }: PreparedVendor, document: JsonObject): Misfit[] {
  const place = ["responses", "200", "content", "application/json", "schema"];
  const schema = objectAt(operation, ...place);
  if (!("VendorChatCompletion" in objectAt(document, "components", "schemas"))) {
    if (isListOfImages(schema)) return [];
    return [
      {
        path: printPath(["paths", path, "post", ...place]),
        text:
          "The 200 response is no longer a list `data[]` of images with `b64_json`, which the client reads. " +
          `It has ${Object.keys(objectAt(schema, "properties")).join(", ") || "no properties"}. Let the reader follow.`,
      },
    ];
  }
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

function isListOfImages(schema: JsonObject): boolean {
  const data = objectAt(schema, "properties", "data");
  return data["type"] === "array" && objectAt(data, "items", "properties", "b64_json")["type"] === "string";
}

function isChatCompletion(schema: JsonObject): boolean {
  const choices = objectAt(schema, "properties", "choices");
  const message = objectAt(choices, "items", "properties", "message");
  const content = objectAt(message, "properties", "content");
  return choices["type"] === "array" && message["type"] === "object" && content["type"] === "string";
}
