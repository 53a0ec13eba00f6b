import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Path, printPath } from "../document/json-path.ts";
import { isObject } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { current, openai, type Reported, report } from "./changed-document.ts";
import type { Current } from "./make-report.ts";

const original = current.vendor;

/** Lists every place of the document. */
function placesOf(value: Json, path: Path = []): Path[] {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const key = (name: string) => (Array.isArray(value) ? Number(name) : name);
  return [
    ...(path.length > 0 ? [path] : []),
    ...entries.flatMap(([name, child]) => placesOf(child, [...path, key(name)])),
  ];
}

const places = placesOf(original);

const scalar: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    "string",
    "integer",
    "boolean",
    "binary",
    "auto",
    "gpt-image-9",
    "",
    null,
    true,
    false,
    0,
  ),
  fc.integer({ min: 0, max: 100_000 }),
  fc.string({ maxLength: 8 }),
);

interface Change {
  /** The place that was changed. */
  path: Path;
  document: JsonObject;
}

type Edit = (parent: JsonObject | Json[], key: string | number, value: Json, other: Json) => void;

const set = (parent: JsonObject | Json[], key: string | number, value: Json): void => {
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else parent[String(key)] = value;
};

const edits: Record<string, Edit> = {
  replace: (parent, key, _value, other) => set(parent, key, other),
  remove: (parent, key) => {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[String(key)];
  },
  rename: (parent, key, value) => {
    if (Array.isArray(parent)) return set(parent, key, [value]);
    delete parent[String(key)];
    parent[`${key}2`] = value;
  },
  add: (_parent, _key, value, other) => {
    if (isObject(value)) value["added"] = other;
    else if (Array.isArray(value)) value.push(other);
  },
  number: (parent, key, value) => {
    if (typeof value === "number") set(parent, key, value + 1);
    if (typeof value === "string")
      set(
        parent,
        key,
        value.replace(/\d+/, (digits) => String(Number(digits) + 1)),
      );
  },
  word: (parent, key, value, other) => {
    if (typeof value === "string") set(parent, key, value.replace(/[a-z]{4,}/, String(other)));
  },
  cut: (parent, key, value) => {
    if (typeof value === "string") set(parent, key, value.slice(0, value.length / 2));
  },
  schema: (_parent, _key, value, other) => {
    if (isObject(value)) Object.assign(value, { type: other, enum: [other] });
  },
};

const changesOf = (from: Current): fc.Arbitrary<Change> =>
  fc
    .tuple(fc.constantFrom(...placesOf(from.vendor)), fc.constantFrom(...Object.keys(edits)), scalar)
    .map(([path, name, other]) => {
      const document = structuredClone(from.vendor);
      const parent = path.slice(0, -1).reduce<Json>((at, key) => (at as JsonObject)[key] as Json, document);
      const key = path.at(-1) ?? "";
      edits[name]?.(parent as JsonObject, key, (parent as JsonObject)[key] as Json, other);
      return { path, document };
    })
    .filter(({ document }) => !isDeepStrictEqual(document, from.vendor));

const isWithin = (path: string, place: string): boolean =>
  path.startsWith(place) && /^$|^[.[]/.test(path.slice(place.length));

function reportOf(document: JsonObject, from = current): Reported | undefined {
  try {
    return report(JSON.stringify(document), [], undefined, from);
  } catch {
    return undefined; // refused with a reason, which other tests read
  }
}

describe("a random small change of the vendor's document", () => {
  it.each([
    ["ChainHub", current, 250, 25],
    ["OpenAI", openai, 50, 5],
  ] as const)(
    "is reported with its path, or refused: %s",
    (_name, from, numRuns, least) => {
      let accepted = 0;
      fc.assert(
        fc.property(changesOf(from), ({ path, document }) => {
          const made = reportOf(document, from);
          if (!made?.isUsable) return;
          accepted += 1;
          // A renamed key, or an entry of a list, is reported where its parent stands.
          const place = printPath(path);
          const parent = printPath(path.slice(0, -1));
          const near = made.differences.filter(
            (one) => isWithin(one.path, place) || isWithin(place, one.path) || isWithin(one.path, parent),
          );
          expect(near).not.toEqual([]);
        }),
        { numRuns },
      );
      expect(accepted).toBeGreaterThan(least);
    },
    300_000,
  );

  it("is complete: every difference has a level and a text", () => {
    fc.assert(
      fc.property(changesOf(current), ({ document }) => {
        for (const { level, text, status } of reportOf(document)?.differences ?? []) {
          expect(text).not.toBe("");
          expect(["major", "minor", "patch", "none"]).toContain(level);
          expect(status).not.toBe("accepted");
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("a changed fact in the vendor's prose", () => {
  /** Every digit and every quoted value of every description, changed. */
  const facts = places
    .filter((path) => path.at(-1) === "description")
    .flatMap((path) => {
      const text = String(path.reduce<Json>((at, key) => (at as JsonObject)[key] as Json, original));
      const digits = [...text.matchAll(/\d/g)].map(({ index, 0: digit }) => [
        text.slice(0, index) + ((Number(digit) + 1) % 10) + text.slice(index + 1),
      ]);
      const quoted = [...text.matchAll(/"\w+"/g)].map(({ index, 0: value }) => [
        `${text.slice(0, index)}"other"${text.slice(index + value.length)}`,
      ]);
      return [...digits, ...quoted].flat().map((changed) => ({ path, changed }));
    });

  it("is never only another wording", () => {
    const levels = facts.map(({ path, changed }) => {
      const document = structuredClone(original);
      const owner = path.slice(0, -1).reduce<Json>((at, key) => (at as JsonObject)[key] as Json, document);
      (owner as JsonObject)["description"] = changed;
      const made = reportOf(document);
      return !made?.isUsable || made.level === "major" || made.level === "minor"
        ? ""
        : `${made.level}: ${changed}`;
    });
    expect(levels.length).toBeGreaterThan(100);
    expect(levels.filter((level) => level !== "")).toEqual([]);
  }, 300_000);
});
