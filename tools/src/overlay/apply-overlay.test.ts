import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { isObject, objectAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { applyOverlay, OverlayError } from "./apply-overlay.ts";
import { runRedocly } from "./run-redocly.ts";

const overlayOf = (...actions: Json[]): Json => ({
  overlay: "1.1.0",
  info: { title: "t", version: "1" },
  actions,
});

const pets: JsonObject = {
  paths: { "/pets": { get: { tags: ["a"], parameters: [{ name: "n" }, { name: "m" }] } } },
  components: { schemas: { Pet: { type: "object", required: ["id"] } } },
};

describe("applyOverlay", () => {
  it("merges objects, replaces scalars and does not modify the given document", () => {
    const before = structuredClone(pets);
    const after = applyOverlay(
      pets,
      overlayOf({ target: "$.components.schemas.Pet", update: { type: "string", x: { y: 1 } } }),
    );
    expect(objectAt(after, "components", "schemas", "Pet")).toEqual({
      type: "string",
      required: ["id"],
      x: { y: 1 },
    });
    expect(pets).toEqual(before);
  });

  it("appends one entry or a list of entries to a list", () => {
    const tags = "$.paths['/pets'].get.tags";
    const after = applyOverlay(
      pets,
      overlayOf({ target: tags, update: "b" }, { target: "$.paths['/pets'].get", update: { tags: ["c"] } }),
    );
    expect(objectAt(after, "paths", "/pets", "get")["tags"]).toEqual(["a", "b", "c"]);
  });

  it("removes every match, including several in one list", () => {
    const after = applyOverlay(
      pets,
      overlayOf({ target: "$.paths['/pets'].get.parameters[*]", remove: true }),
    );
    expect(objectAt(after, "paths", "/pets", "get")["parameters"]).toEqual([]);
  });

  it("copies from the document as changed by earlier actions", () => {
    const after = applyOverlay(
      pets,
      overlayOf(
        { target: "$.components.schemas", update: { Copy: {}, Pet: { x: 1 } } },
        { target: "$.components.schemas.Copy", copy: "$.components.schemas.Pet" },
        { target: "$.components.schemas.Pet", remove: true },
      ),
    );
    expect(objectAt(after, "components", "schemas")).toEqual({
      Copy: { type: "object", required: ["id"], x: 1 },
    });
  });

  it("reports an action without matches, its target and the nearest path", () => {
    const overlay = overlayOf(
      { target: "$.paths", update: {} },
      { target: "$.paths['/pet'].get.tags", remove: true },
    );
    expect(() => applyOverlay(pets, overlay)).toThrow(
      "Action 2 of the overlay matches nothing: target `$.paths['/pet'].get.tags`. Nearest: `$.paths['/pets'].get.tags`.",
    );
  });

  it("reports a copy source that matches nothing or more than one value", () => {
    const target = "$.components";
    expect(() => applyOverlay(pets, overlayOf({ target, copy: "$.components.schema" }))).toThrow(
      "copy `$.components.schema`. Nearest: `$.components.schemas`.",
    );
    expect(() =>
      applyOverlay(pets, overlayOf({ target, copy: "$.paths['/pets'].get.parameters[*]" })),
    ).toThrow("matches 2 places. Select one.");
  });

  it.each([
    ["no actions", {}, "has no list of `actions`"],
    ["an action without a target", overlayOf({ update: {} }), "Action 1 of the overlay has no `target`"],
    ["an action that does nothing", overlayOf({ target: "$.paths" }), "has neither update, copy nor remove"],
    [
      "an object over a list",
      overlayOf({ target: "$.paths['/pets'].get", update: { tags: {} } }),
      "updates a list with an object",
    ],
    [
      "lists and objects together",
      overlayOf({ target: "$.components.schemas.Pet[*]", update: "x" }),
      "updates a plain value and a list together",
    ],
    ["a broken path", overlayOf({ target: "$.paths[", remove: true }), "`$.paths[` is not a JSONPath"],
  ])("refuses %s", (_title, overlay, message) => {
    expect(() => applyOverlay(pets, overlay)).toThrow(OverlayError);
    expect(() => applyOverlay(pets, overlay)).toThrow(message);
  });
});

interface Case {
  object: JsonObject;
  actions: JsonObject[];
}

const keys = fc.constantFrom("a", "b", "c", "d e");
const scalars = fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom("x", "y", "1", "null", ""));
const { value: values } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalars,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(keys, tie("value")),
  ),
}));
const objects = fc.dictionary(keys, values, { minKeys: 1 });
const steps = fc.oneof(
  keys.map((key) => `['${key}']`),
  fc.constantFrom("[*]", "[0]", "[-1]", "..a", "..['d e']", "[?@.a]", "[?@ == 'x']", "[0:2]"),
);
const targets = fc.array(steps, { maxLength: 3 }).map((path) => path.join(""));
const actions = fc.oneof(
  fc.record({ path: targets, remove: fc.constant(true) }),
  fc.record({
    path: targets,
    update: fc.oneof(fc.dictionary(keys, values), fc.array(scalars, { maxLength: 2 })),
  }),
);

/** Applies one action; invalid actions have their own tests. */
function tryAction(object: JsonObject, action: JsonObject): JsonObject | undefined {
  try {
    const after = applyOverlay({ object }, overlayOf(action))["object"];
    return isObject(after) ? after : undefined;
  } catch (error) {
    if (error instanceof OverlayError) return undefined;
    throw error;
  }
}

describe("applyOverlay compared with redocly", () => {
  const cases: Case[] = [];
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "retouch-overlay-"));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it("produces the same document for random objects and actions", async () => {
    const sampled = fc.sample(fc.tuple(objects, fc.array(actions, { minLength: 1, maxLength: 4 })), {
      numRuns: 400,
      seed: 7,
    });
    const all: JsonObject[] = [];
    for (const [object, list] of sampled) {
      const name = `x-object-${cases.length}`;
      let state: JsonObject = object;
      const applicable: JsonObject[] = [];
      for (const { path, ...rest } of list) {
        const action: JsonObject = { target: `$.object${path}`, ...rest };
        const after = tryAction(state, action);
        if (!after) continue;
        state = after;
        applicable.push({ ...action, target: `$['${name}']${path}` });
      }
      if (applicable.length === 0) continue;
      cases.push({ object, actions: applicable });
      all.push(...applicable);
    }
    expect(cases.length).toBeGreaterThan(100);
    const document: JsonObject = {
      openapi: "3.0.1",
      info: { title: "t", version: "1" },
      paths: {},
      ...Object.fromEntries(cases.map(({ object }, index) => [`x-object-${index}`, object])),
    };
    const plain = { aliasDuplicateObjects: false };
    await writeFile(join(directory, "in.yaml"), stringify(document, plain));
    await writeFile(join(directory, "overlay.yaml"), stringify(overlayOf(...all), plain));
    await runRedocly(directory, "bundle", "in.yaml", "--overlay", "overlay.yaml", "-o", "out.yaml");
    const theirs = parse(await readFile(join(directory, "out.yaml"), "utf8"));
    const ours = applyOverlay(document, overlayOf(...all));
    for (const [index, one] of cases.entries()) {
      expect(ours[`x-object-${index}`], JSON.stringify(one)).toEqual(theirs[`x-object-${index}`]);
    }
  });
});
