import { arrayAt, objectAt, resolve, stringAt } from "../json.ts";
import type { JsonObject } from "../spec-types.ts";

/** Parses the models that the vendor lists: an `enum`, or the prose "Only a, b and c." */
export function vendorModels(document: JsonObject): string[] {
  const model = resolve(
    document,
    objectAt(document, "components", "schemas", "EditFields", "properties")["model"],
  );
  const listed = arrayAt(model, "enum").filter((name) => typeof name === "string");
  const prose = /\bOnly\s+(\S.*?)\.?\s*$/s.exec(stringAt(model, "description") ?? "")?.[1] ?? "";
  const named = prose
    .split(/\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+/)
    .filter((name) => /^[\w.:/-]*\d*[\w:/-]$/.test(name));
  return [...new Set([...listed, ...named])];
}
