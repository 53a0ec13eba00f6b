import { arrayAt, isObject, objectAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";

/**
 * Returns the overlay of a vendor other than the default one: the families that the default vendor's overlay shares, then
 * the vendor's own actions, which correct them for this vendor alone. The shared quotes are sentences of the default
 * vendor's document, so they are left out, and nothing that this document says can change what the families are to others.
 */
export function composeOverlay(shared: JsonObject, own: JsonObject): JsonObject {
  const families = arrayAt(shared, "actions")
    .filter((action) => objectAt(action)["x-shared"] === true)
    .map(withoutQuotes);
  return { ...own, actions: [...families, ...arrayAt(own, "actions")] };
}

function withoutQuotes(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutQuotes);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, child]) => key !== "quotes" || !Array.isArray(child))
      .map(([key, child]) => [key, withoutQuotes(child)]),
  );
}
