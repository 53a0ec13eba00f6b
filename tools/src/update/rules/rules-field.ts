import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../spec-types.ts";
import type { Change } from "../difference.ts";
import { explain, refuse, type Verdict } from "../difference.ts";

/** What the rules know of the request beyond the difference itself. */
export interface RequestFacts {
  /** What changes for users of the packages. */
  changes: readonly Change[];
  /** Types of the form's fields as they are sent. */
  typeOf(field: string): string | undefined;
  /** Explains a field's new description. */
  describe(field: string, before: Json | undefined, after: Json | undefined): Verdict | undefined;
  /** Explains a new list of models. */
  models(): Verdict;
  required: { before: readonly Json[]; after: readonly Json[] };
  /** The value of a limit that every family has in force for a field, if there is one. */
  limitOf(field: string, limit: string): Json | undefined;
  /** Whether the vendor's own text says a limit of a field. */
  isQuoted(field: string, limit: string): boolean;
  /** Says why a field cannot be sent as the vendor has it. */
  misfitOf(field: string): string | undefined;
  /** Whether the vendor's new schema of a field holds binary data somewhere. */
  isBinary(field: string): boolean;
  /** Whether some model accepts a value of a field. */
  accepts(field: string, value: Json): boolean;
}

const numeric = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];
/** Keywords that say nothing a form has to follow. */
const silent = new Set(["externalDocs", "xml"]);
/** Keywords that a field of the form may have: each is read, or says nothing. */
export const fieldKeywords: ReadonlySet<string> = new Set([
  ...numeric,
  ...silent,
  ...[
    "type",
    "title",
    "description",
    "example",
    "examples",
    "enum",
    "pattern",
    "default",
    "deprecated",
    "format",
    "items",
  ],
  ...["properties", "x-retouch"],
]);

/** Explains a difference in the schema of a field; the path starts below the keyword. */
export function keywordVerdict(
  field: string,
  keyword: string,
  rest: readonly (string | number)[],
  old: Json | undefined,
  current: Json | undefined,
  facts: RequestFacts,
): Verdict | undefined {
  const changes = facts.changes.filter((change) => change.field === field);
  const texts = changes.filter(({ level }) => level !== "patch").map(({ text }) => text);
  if (keyword === "description") return facts.describe(field, old, current);
  if (field === "model" && ["enum", "anyOf", "oneOf", "allOf", "const"].includes(keyword))
    return facts.models();
  if (silent.has(keyword)) return explain("none", `The ${keyword} of a field is not used.`);
  if (keyword === "example" || keyword === "examples") return exampleVerdict(field, current, facts);
  if (keyword === "deprecated")
    return current === true
      ? explain("minor", `Deprecated \`${field}\`.`)
      : explain("patch", `\`${field}\` is no longer deprecated.`);
  if (keyword === "format" && old === "binary" && !facts.isBinary(field))
    return refuse(
      "major",
      `\`${field}\` is no longer binary: it may be a text, such as a URL. Every edit sends a file.`,
    );
  if (
    keyword === "type" ||
    keyword === "items" ||
    (keyword === "format" && /^(?:binary|undefined)$/.test(`${current}`))
  )
    return typeVerdict(
      field,
      rest,
      texts.filter((text) => /^Changed the type/.test(text)),
      facts,
    );
  if (keyword === "format" && /^(?:int32|int64|float|double|password)$/.test(`${current}`))
    return explain("none", `The format ${String(current)} adds nothing to the type of \`${field}\`.`);
  if (rest.length > 0 && keyword !== "enum") return undefined;
  if (keyword === "default") return defaultVerdict(field, old, current, facts);
  if (keyword === "pattern")
    return explain(
      texts.length === 0 ? "none" : "major",
      texts.join(" ") || `The pattern of \`${field}\` was known.`,
    );
  if (keyword === "enum") {
    const misfit = texts.length === 0 ? facts.misfitOf(field) : undefined;
    return misfit === undefined ? enumVerdict(field, old, current, texts) : refuse("major", misfit);
  }
  return numeric.includes(keyword) ? limitVerdict(field, keyword, old, current, texts, facts) : undefined;
}

function typeVerdict(
  field: string,
  rest: readonly (string | number)[],
  texts: string[],
  facts: RequestFacts,
): Verdict | undefined {
  const misfit = facts.misfitOf(field);
  if (misfit !== undefined) return refuse("major", misfit);
  const type = facts.typeOf(field);
  if (type === undefined) return undefined;
  if (rest.length > 0 && !/^(?:type|format|title|description)$/.test(String(rest[0]))) return undefined;
  return texts.length === 0
    ? explain("none", `\`${field}\` is sent as ${type}, as before.`)
    : explain("major", texts.join(" "));
}

function exampleVerdict(field: string, current: Json | undefined, facts: RequestFacts): Verdict {
  const isHint = typeof current === "string" && current !== "" && !facts.accepts(field, current);
  return isHint
    ? refuse("minor", `The example ${JSON.stringify(current)} of \`${field}\` is ${unknownValue(field)}.`)
    : explain("none", `The example of \`${field}\` limits nothing.`);
}

export const unknownValue = (field: string): string =>
  field === "model" ? "a model that nothing else names" : "a value that no model accepts";

function defaultVerdict(
  field: string,
  old: Json | undefined,
  current: Json | undefined,
  facts: RequestFacts,
): Verdict {
  if (current !== undefined && !facts.accepts(field, current))
    return refuse(
      "minor",
      `The default ${JSON.stringify(current)} of \`${field}\` is ${unknownValue(field)}.`,
    );
  if (old === undefined)
    return explain("patch", `Documented the default of \`${field}\`: ${JSON.stringify(current)}.`);
  if (current === undefined) return explain("patch", `The default of \`${field}\` is no longer documented.`);
  return explain(
    "major",
    `Changed the default of \`${field}\` from ${JSON.stringify(old)} to ${JSON.stringify(current)}.`,
  );
}

function enumVerdict(
  field: string,
  old: Json | undefined,
  current: Json | undefined,
  texts: string[],
): Verdict {
  if (Array.isArray(old) && Array.isArray(current))
    return explain("none", `The values of \`${field}\` are listed in another order.`);
  const isNarrower = current === undefined ? !Array.isArray(old) : Array.isArray(current);
  const quote = (value: Json | undefined) =>
    Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
  const what = isNarrower
    ? Array.isArray(current)
      ? `Limited \`${field}\` to ${quote(current)}.`
      : `Refused ${quote(old)} for \`${field}\`.`
    : Array.isArray(old)
      ? `Opened \`${field}\` to any value.`
      : `Accepted ${quote(current)} for \`${field}\`.`;
  if (texts.length === 0) return explain("none", `${what} The spec has these values already.`);
  return explain(isNarrower ? "major" : "minor", texts.join(" "));
}

function limitVerdict(
  field: string,
  keyword: string,
  old: Json | undefined,
  current: Json | undefined,
  texts: string[],
  facts: RequestFacts,
): Verdict {
  const what = `\`${keyword}\` of \`${field}\` from ${String(old ?? "none")} to ${String(current ?? "none")}`;
  const ours = facts.limitOf(field, keyword);
  // A limit that is new in the document is compared with the one that is in force.
  const from = old ?? ours;
  const isLower = Number(current) < Number(from);
  const isWider =
    current === undefined || (from !== undefined && (keyword.startsWith("min") ? isLower : !isLower));
  if (texts.length > 0) return explain(isWider ? "minor" : "major", `Changed ${what}. ${texts.join(" ")}`);
  if (current === undefined || isDeepStrictEqual(ours, current))
    return explain("none", `Changed ${what}; the spec has ${String(ours ?? "no such limit")}.`);
  const isQuoted = facts.isQuoted(field, keyword);
  return refuse(
    isWider ? "minor" : "major",
    `The vendor changed ${what}, but spec/overlay.yaml keeps ${String(ours ?? "tighter ones")} for every model${isQuoted ? ", as the vendor's text says" : ""}.`,
    ours === undefined || isQuoted
      ? undefined
      : [
          {
            target: `$.components.schemas.CommonLimits.properties['${field}']`,
            description: `The vendor's ${keyword} is ${String(current)}.`,
            "x-source": `vendor document, ${field}`,
            update: { [keyword]: current },
          },
        ],
  );
}
