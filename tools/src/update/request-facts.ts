import { objectAt } from "../json.ts";
import { checkQuotes, unquotedText } from "../quotes/check-quotes.ts";
import { readQuotes } from "../quotes/read-quotes.ts";
import { checkVendorFields, fieldPath } from "../read/check-vendor-fields.ts";
import { modelsOf } from "../read/vendor-models.ts";
import type { Json, JsonObject, Spec } from "../spec-types.ts";
import type { VendorDocument } from "./diff-documents.ts";
import type { Change, Level } from "./difference.ts";
import { explain, highest, refuse, type Verdict } from "./difference.ts";
import { proseRule } from "./rules/prose-rule.ts";
import type { RequestFacts } from "./rules/rules-field.ts";

/** Gathers what the rules of the request ask for. */
export function requestFacts(
  before: VendorDocument,
  after: VendorDocument,
  spec: Spec,
  changes: readonly Change[],
  knownWords: ReadonlySet<string>,
): RequestFacts {
  const fieldsOf = ({ prepared }: VendorDocument) =>
    objectAt(prepared.operation, "requestBody", "content", "multipart/form-data", "schema");
  const [old, current] = [fieldsOf(before), fieldsOf(after)];
  const requiredOf = (form: JsonObject) => (Array.isArray(form["required"]) ? form["required"] : []);
  const levelOf = (field: string): Level | undefined =>
    changes.filter((change) => change.field === field).map(({ level }) => level)[0];
  const models = modelChanges(before, after, spec);
  const quotes = readQuotes(spec.document);
  const fieldMisfits = new Map(checkVendorFields(after.prepared, spec).map(({ path, text }) => [path, text]));
  return {
    changes,
    required: { before: requiredOf(old), after: requiredOf(current) },
    typeOf: (field) => spec.fields.find(({ name }) => name === field)?.type,
    models: () => models,
    describe: (field, from, to) => {
      if (field === "model") return describeModel(before, after, spec, knownWords, models, from, to);
      return describe(spec, field, from, to, knownWords, levelOf(field), changes);
    },
    isQuoted: (field, limit) =>
      quotes.some((quote) => quote.field === field && quote.slots.some((slot) => slot.limit === limit)),
    misfitOf: (field) => fieldMisfits.get(fieldPath(after.prepared.path, field)),
    limitOf: (field, limit) => limitInForce(spec, field, limit),
    isBinary: (field) => JSON.stringify(objectAt(current, "properties", field)).includes('"format":"binary"'),
    accepts: (field, value) => acceptsValue(spec, field, value),
  };
}

function describe(
  spec: Spec,
  field: string,
  before: Json | undefined,
  after: Json | undefined,
  knownWords: ReadonlySet<string>,
  level: Level | undefined,
  changes: readonly Change[],
): Verdict | undefined {
  const misfits = checkQuotes(spec.document).filter((misfit) => misfit.field === field);
  if (misfits.length > 0)
    return refuse(
      misfits.some(({ isNarrower }) => isNarrower) ? "major" : "minor",
      misfits.map(({ text }) => text).join(" "),
      misfits.flatMap(({ actions }) => actions),
    );
  // What a quote holds is compared with its limit; only the rest can state something new.
  const rest = (prose: Json | undefined) =>
    unquotedText(spec.document, field, String(prose ?? "")).join(". ");
  const verdict = proseRule(knownWords)(rest(before), rest(after));
  if (verdict === undefined || verdict.isRefused) return verdict;
  const texts = changes.filter((change) => change.field === field).map(({ text }) => text);
  return explain(
    level ?? "patch",
    texts.join(" ") || `Took over the vendor's new description of \`${field}\`.`,
  );
}

/** Compares the models of both documents, wherever each lists them. */
function modelChanges(before: VendorDocument, after: VendorDocument, spec: Spec): Verdict {
  const known = new Set(spec.models.map(({ name }) => name));
  const [old, current] = [before, after].map((one) => modelsIn(one, known));
  const added = current?.filter((name) => !old?.includes(name)) ?? [];
  const lost = old?.filter((name) => !current?.includes(name)) ?? [];
  const texts = [
    ...(lost.length > 0
      ? [`The vendor no longer lists ${quote(lost)}: its limits stay in spec/overlay.yaml for other servers.`]
      : []),
    ...(added.length > 0 ? [`Added the model ${quote(added)}.`] : []),
  ];
  const found: Level[] = [
    ...(lost.length > 0 ? (["major"] as const) : []),
    ...(added.length > 0 ? (["minor"] as const) : []),
  ];
  return explain(highest(found), texts.join(" ") || "The same models are listed differently.");
}

const quote = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

function modelsIn({ prepared }: VendorDocument, known: ReadonlySet<string>): string[] {
  const form = objectAt(prepared.operation, "requestBody", "content", "multipart/form-data", "schema");
  return modelsOf(prepared.document, objectAt(form, "properties")["model"], known);
}

/** Explains the description of `model`: names of models are compared as a list, the rest as prose. */
function describeModel(
  before: VendorDocument,
  after: VendorDocument,
  spec: Spec,
  knownWords: ReadonlySet<string>,
  models: Verdict,
  from: Json | undefined,
  to: Json | undefined,
): Verdict | undefined {
  const known = new Set(spec.models.map(({ name }) => name));
  const names = new Set([...modelsIn(before, known), ...modelsIn(after, known)]);
  const words = new Set([...knownWords].filter((word) => !names.has(word)));
  // "Only" opens a list of models, and says nothing that the list does not.
  const without = (text: Json | undefined) =>
    [...names]
      .sort((a, b) => b.length - a.length)
      .reduce((rest, name) => rest.replaceAll(name, "it"), String(text ?? ""))
      .replaceAll(/\bonly\b/gi, "it")
      .replaceAll(/["“”`]it["“”`]/g, "it");
  const verdict = proseRule(words)(without(from), without(to));
  if (verdict === undefined || verdict.isRefused)
    return verdict && { ...verdict, text: joinTexts(models, verdict) };
  return models.level === "none"
    ? explain("patch", "Took over the vendor's new description of `model`.")
    : models;
}

const joinTexts = (models: Verdict, prose: Verdict): string =>
  models.level === "none" ? prose.text : `${models.text} ${prose.text}`;

function limitInForce(spec: Spec, field: string, limit: string): Json | undefined {
  const values = spec.families.map((family) => {
    const rule = family.rules.get(field)?.find(({ severity }) => severity === "error");
    return rule?.[limit as "minimum"];
  });
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : undefined;
}

/** Returns whether some model lists a value, of a field whose values are listed. */
function acceptsValue({ families, models }: Spec, field: string, value: Json): boolean {
  if (field === "model")
    return (
      models.some(({ name }) => name === value) || families.some((one) => one.models.includes(String(value)))
    );
  const listed = families.flatMap((family) =>
    (family.rules.get(field) ?? []).filter((rule) => rule.enum !== undefined),
  );
  return (
    listed.length === 0 ||
    listed.some((rule) => rule.size !== undefined || rule.enum?.some((one) => one === value))
  );
}

/** Collects the words that mean something in the vendor's prose: values and models. */
export function knownWordsOf({ families, models }: Spec): Set<string> {
  const values = families.flatMap((family) =>
    [...family.rules.values()].flat().flatMap((rule) => (rule.enum ?? []).map(String)),
  );
  return new Set([...values, ...models.map(({ name }) => name)]);
}
