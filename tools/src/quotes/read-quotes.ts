import type { Path } from "../document/json-path.ts";
import { arrayAt, isObject, objectAt, resolve, stringAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { squeeze } from "./sentences.ts";

/** A sentence of the vendor that says a limit: `it must be one of {enum}`. */
export interface Quote {
  /** The field whose description has the sentence. */
  field: string;
  sentence: string;
  /** Matches the complete sentence, with a group for each slot. */
  pattern: RegExp;
  slots: Slot[];
  /** Where the quote stands in the spec. */
  path: Path;
}

export interface Slot {
  /** The limit that the slot holds, such as `maxLength`; undefined for text that another quote reads. */
  limit: string | undefined;
  /** Where the limit stands, and what it is. */
  path: Path;
  value: Json | undefined;
  /** Values of a list that this sentence does not name. */
  besides: Json[];
}

/** Reads `x-retouch.quotes` of every schema of the spec. */
export function readQuotes(document: JsonObject): Quote[] {
  const quotes: Quote[] = [];
  const visit = (schema: Json, path: Path): void => {
    if (typeof schema !== "object" || schema === null) return;
    if (!Array.isArray(schema))
      for (const entry of arrayAt(schema, "x-retouch", "quotes"))
        quotes.push(readQuote(document, schema, path, entry));
    for (const [key, child] of Object.entries(schema))
      visit(child, [...path, Array.isArray(schema) ? Number(key) : key]);
  };
  visit(objectAt(document, "components", "schemas"), ["components", "schemas"]);
  return quotes;
}

function readQuote(document: JsonObject, schema: JsonObject, path: Path, entry: Json): Quote {
  const field = stringAt(entry, "field");
  const sentence = squeeze(stringAt(entry, "sentence") ?? "");
  if (field === undefined || sentence === "")
    throw new Error(
      `A quote of ${path.slice(2).join(".")} lacks \`field\` or \`sentence\`. Fix spec/overlay.yaml.`,
    );
  const besides = arrayAt(entry, "besides");
  const slots = [...sentence.matchAll(/\{(\w+)\}/g)].map(([, limit = ""]): Slot => {
    if (limit === "other") return { limit: undefined, path, value: undefined, besides };
    const found = findLimit(document, schema, path, field, limit);
    if (!found)
      throw new Error(
        `The quote "${sentence}" has a slot {${limit}}, but ${path.slice(2).join(".")} has no \`${limit}\` for \`${field}\`. Fix spec/overlay.yaml.`,
      );
    return { limit, ...found, besides };
  });
  const source = sentence
    .replace(/\.$/, "")
    .split(/\{\w+\}/)
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("(.+?)");
  return { field, sentence, pattern: new RegExp(`^${source}$`), slots, path };
}

/** Finds a limit of a field in the schema that carries the quote: of its files, of the field, or of the schema itself. */
function findLimit(
  document: JsonObject,
  schema: JsonObject,
  path: Path,
  field: string,
  limit: string,
): { path: Path; value: Json } | undefined {
  const places: (readonly string[])[] = [
    ["x-retouch", "errors", field],
    ["x-retouch", "warnings", field],
    ["x-retouch", "warnings", "properties", field],
    ["properties", field],
    ["x-retouch"],
    [],
  ];
  for (const place of places) {
    const at = place.reduce<Json | undefined>(
      (value, key) => (isObject(value) ? value[key] : undefined),
      schema,
    );
    const ref = stringAt(at, "$ref");
    const target = ref === undefined ? objectAt(at) : resolve(document, at);
    const value = target[limit];
    if (value === undefined) continue;
    const owner = ref === undefined ? [...path, ...place] : ref.replace(/^#\//, "").split("/");
    return { path: [...owner, limit], value };
  }
  return undefined;
}
