import { isDeepStrictEqual } from "node:util";
import { type Path, printPath } from "../document/json-path.ts";
import { arrayAt, objectAt, stringAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { type Quote, readQuotes, type Slot } from "./read-quotes.ts";
import { readSlot } from "./read-slot.ts";
import { splitSentences } from "./sentences.ts";

/** A limit of the overlay that the vendor's text does not say, or not any more. */
export interface QuoteMisfit {
  field: string;
  /** What is wrong, and what the vendor says. */
  text: string;
  before: Json;
  after: Json | undefined;
  isNarrower: boolean;
  /** Actions to append to the overlay. */
  actions: JsonObject[];
}

/** Compares every quoted limit with the vendor's own words for the field. */
export function checkQuotes(document: JsonObject): QuoteMisfit[] {
  return readQuotes(document).flatMap((quote) => {
    const sentences = sentencesOf(document, quote.field);
    const matches = sentences
      .map((sentence) => quote.pattern.exec(sentence))
      .filter((match) => match !== null);
    const field = vendorField(document, quote.field);
    if (matches.length === 0) return [missing(quote, sentences, field !== undefined)];
    // What the vendor lists in the schema needs no place in the sentence too.
    const listed = arrayAt(field, "enum");
    return matches.flatMap((match) =>
      quote.slots.flatMap((slot, index) => compare(quote, slot, (match[index + 1] ?? "").trim(), listed)),
    );
  });
}

/**
 * Returns what no quote holds of a field's prose: the sentences that none matches, and the remarks in parentheses that a
 * slot leaves out.
 */
export function unquotedText(document: JsonObject, field: string, prose: string): string[] {
  const patterns = readQuotes(document).filter((quote) => quote.field === field);
  return splitSentences(prose).flatMap((sentence) => {
    const matches = patterns.map(({ pattern }) => pattern.exec(sentence)).filter((match) => match !== null);
    if (matches.length === 0) return [sentence];
    const slots = [...new Set(matches.flatMap(([, ...texts]) => texts))];
    return slots.flatMap((text) => text.match(/\([^()]*\)/g) ?? []);
  });
}

const vendorField = (document: JsonObject, field: string): Json | undefined =>
  objectAt(document, "components", "schemas", "EditFields", "properties")[field];

const sentencesOf = (document: JsonObject, field: string): string[] =>
  splitSentences(stringAt(vendorField(document, field), "description") ?? "");

/** Fields that every edit sends: without them, a document is refused as it is. */
const needed = ["image", "prompt"];

function missing(quote: Quote, sentences: string[], isField: boolean): QuoteMisfit {
  const words = new Set(quote.sentence.toLowerCase().split(/\W+/));
  const shared = (text: string) =>
    text
      .toLowerCase()
      .split(/\W+/)
      .filter((word) => words.has(word)).length;
  const [nearest] = [...sentences].sort((a, b) => shared(b) - shared(a));
  const target = `${printPath([...quote.path, "x-retouch"])}.quotes[?@.sentence == ${JSON.stringify(quote.sentence)}]`;
  const said = { target, "x-source": `vendor document, ${quote.field}` };
  const removed = { ...said, description: "The vendor's document no longer has the field.", remove: true };
  const replaced = {
    ...said,
    description: "The vendor's sentence changed; the limit was compared with the new one.",
    update: { sentence: `${nearest}.` },
  };
  const actions =
    nearest !== undefined ? [replaced] : isField || needed.includes(quote.field) ? [] : [removed];
  return {
    field: quote.field,
    text:
      `The vendor's \`${quote.field}\` no longer says "${quote.sentence}", from which ${nameOf(quote.path)} has its limits. ` +
      (nearest === undefined
        ? "It says nothing."
        : `Nearest: "${nearest}." Read it, and fix the limit and the quote.`),
    before: quote.sentence,
    after: nearest,
    isNarrower: true,
    actions,
  };
}

function compare(quote: Quote, slot: Slot, text: string, listed: readonly Json[]): QuoteMisfit[] {
  const { limit, value, besides } = slot;
  if (limit === undefined) return [];
  const named = readSlot(limit, text, value);
  const isElsewhere = (one: Json) =>
    besides.includes(one) || (listed.includes(one) && Array.isArray(named) && !named.includes(one));
  const expected = Array.isArray(value) ? value.filter((one) => !isElsewhere(one)) : value;
  const read = readSlot(limit, text, expected);
  if (isDeepStrictEqual(read, expected)) return [];
  const target = printPath(slot.path);
  const shared = { field: quote.field, before: expected ?? null, after: read ?? text };
  if (read === undefined || expected === undefined)
    return [
      {
        ...shared,
        text: `The vendor's \`${quote.field}\` says "${text}" for \`${limit}\` of ${nameOf(quote.path)}, which is not a value of it. Fix the quote.`,
        isNarrower: true,
        actions: [],
      },
    ];
  const isNarrower = narrows(limit, expected, read);
  return [
    {
      ...shared,
      text: `The vendor ${isNarrower ? "narrowed" : "widened"} \`${limit}\` of \`${quote.field}\` from ${print(expected)} to ${print(read)} (${nameOf(quote.path)}).`,
      isNarrower,
      actions: replaceAction(slot.path, target, quote.field, expected, read),
    },
  ];
}

function narrows(limit: string, before: Json, after: Json): boolean {
  if (Array.isArray(before) && Array.isArray(after)) return before.some((value) => !after.includes(value));
  return limit.startsWith("min") ? Number(after) > Number(before) : Number(after) < Number(before);
}

function replaceAction(path: Path, target: string, field: string, before: Json, after: Json): JsonObject[] {
  const said = { "x-source": `vendor document, ${field}` };
  if (!Array.isArray(before) || !Array.isArray(after)) {
    const description = `The vendor says ${print(after)} instead of ${print(before)}.`;
    return [
      {
        target: printPath(path.slice(0, -1)),
        description,
        ...said,
        update: { [String(path.at(-1))]: after },
      },
    ];
  }
  const added = after.filter((value) => !before.includes(value));
  const lost = before.filter((value) => !after.includes(value));
  return [
    ...lost.map((value) => ({
      target: `${target}[?@ == ${JSON.stringify(value)}]`,
      description: `The vendor no longer lists ${print(value)}.`,
      ...said,
      remove: true,
    })),
    ...(added.length === 0
      ? []
      : [{ target, description: `The vendor lists ${print(added)} too.`, ...said, update: added }]),
  ];
}

const print = (value: Json): string => (Array.isArray(value) ? value.join(", ") : String(value));
const nameOf = (path: Path): string => path.slice(2).join(".");
