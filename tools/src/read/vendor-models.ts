import { arrayAt, isObject, objectAt, resolve, stringAt } from "../json.ts";
import { squeeze } from "../quotes/sentences.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { vendorSchema } from "./family-parts.ts";

/** Returns the models that the vendor lists: values of its schema, also of an `anyOf`, and names in its description. */
export function vendorModels(document: JsonObject, known: ReadonlySet<string> = new Set()): string[] {
  const model = objectAt(document, "components", "schemas", vendorSchema, "properties")["model"];
  return modelsOf(document, model, known);
}

export function modelsOf(
  document: JsonObject,
  model: Json | undefined,
  known: ReadonlySet<string>,
): string[] {
  const listed = listedValues(document, model, 0);
  const description = stringAt(resolve(document, model), "description") ?? "";
  return [...new Set([...listed, ...namesInProse(description, new Set([...known, ...listed]))])];
}

/** Collects the values of a schema and of the schemas that it is composed of. */
function listedValues(document: JsonObject, value: Json | undefined, depth: number): string[] {
  if (!isObject(value) || depth > 8) return [];
  const schema = resolve(document, value);
  const own = [...arrayAt(schema, "enum"), schema["const"] ?? null].filter(
    (name) => typeof name === "string",
  );
  const members = ["anyOf", "oneOf", "allOf"].flatMap((key) => arrayAt(schema, key));
  return [...own, ...members.flatMap((member) => listedValues(document, member, depth + 1))];
}

/** Words that end a list of models, and are none. */
const notModels = new Set(["auto", "default", "other", "others", "etc", "etc.", "more", "models", "model"]);
/** A name of several parts, such as `dall-e-2`, `gpt-image-1.5` or `a/b:c`. */
const isName = (word: string): boolean =>
  /^[a-z0-9][\w]*(?:[-.:/][\w]+)+$/i.test(word) && /[a-z]/i.test(word);
const isURL = (word: string): boolean => /^\w+:\/\//.test(word);

/**
 * Finds names of models in prose. A list such as `Only a-1, b and c are supported. More text.` names models when one of
 * its entries looks like a model, wherever it stands; outside of lists a name must have a digit, or be known.
 */
function namesInProse(prose: string, known: ReadonlySet<string>): string[] {
  // An entry of a bulleted list is one of a list too; what is in parentheses interrupts none.
  const text = squeeze(prose.replaceAll(/\n\s*(?:[-*•]|\d+[.)])\s+/g, ", "));
  const remarks = [...text.matchAll(/\(([^()]*)\)/g)].map(([, remark = ""]) => remark);
  return [text.replaceAll(/\s*\([^()]*\)/g, ""), ...remarks]
    .flatMap((part) => part.split(/[.;:!?]\s|[.;:!?]$/))
    .flatMap((clause) => namesInClause(clause, known));
}

function namesInClause(clause: string, known: ReadonlySet<string>): string[] {
  const entries = clause
    .split(/\s*,\s*(?:(?:and|or)\s+)?|\s+(?:and|or)\s+/)
    .map((entry) => entry.split(/\s+/).map((word) => word.replaceAll(/^["'“`]+|["'”`]+$/g, "")))
    .map((words) => words.filter((word) => word !== "" && !isURL(word)));
  const isOwn = (word: string) =>
    known.has(word) || (isName(word) && /\d/.test(word) && !/^[\d.:/x-]+$/.test(word));
  const isList = entries.length > 1 && entries.some((words) => words.some(isOwn));
  const isOnly = /^only\s/i.test(clause.trim()) || /\bonly\b/i.test(clause);
  return entries.flatMap((words, index) => {
    const own = words.filter(isOwn);
    if (own.length > 0) return own;
    const [first = ""] = words.length === 1 ? words : index === 0 ? words.slice(-1) : words.slice(0, 1);
    if (isList && isName(first)) return [first];
    const isBare = words.length === 1 || (index === 0 && /^only$/i.test(words.at(-2) ?? ""));
    return isList && isOnly && isBare && /^[a-z][\w-]*$/i.test(first) && !notModels.has(first.toLowerCase())
      ? [first]
      : [];
  });
}
