import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseObject } from "../document/parse-object.ts";
import { objectAt } from "../json.ts";
import { readSpec } from "../read/read-spec.ts";
import type { Constraint, Family, Rule, Spec } from "../spec-types.ts";
import { diffSpecs } from "./diff-spec.ts";

const text = await readFile(join(import.meta.dirname, "../../../spec/openapi.yaml"), "utf8");
const committed = () => readSpec(parseObject(text, "spec/openapi.yaml"));

function family(spec: Spec, name: string): Family {
  const found = spec.families.find((one) => one.name === name);
  if (!found) throw new Error(`The spec has no family ${name}.`);
  return found;
}

function changed(change: (spec: Spec) => void) {
  const after = committed();
  change(after);
  return diffSpecs(committed(), after);
}

function setRule(spec: Spec, familyName: string, field: string, constraint: Constraint | undefined): void {
  const rule: Rule[] = constraint ? [{ severity: "error", source: "vendor", ...constraint }] : [];
  family(spec, familyName).rules.set(field, rule);
}

function movePath(spec: Spec, path: string): void {
  const paths = objectAt(spec.document, "paths");
  paths[path] = paths[spec.path] ?? {};
  spec.path = path;
}

describe("diffSpecs", () => {
  it("finds nothing between a spec and itself", () => {
    expect(changed(() => {})).toEqual([]);
  });

  it.each<[string, (spec: Spec) => void, string, string]>([
    [
      "a moved path",
      (s) => movePath(s, "/v2/images/edits"),
      "major",
      "The path moved from /v1/images/edits to /v2",
    ],
    [
      "a moved server",
      (s) => void Object.assign(s, { baseUrl: "https://b.dev" }),
      "major",
      "The default server moved from https://api",
    ],
    ["a lost model", (s) => void s.models.pop(), "major", "Removed the model `dall-e-3`"],
    [
      "a lost field",
      (s) => void s.fields.splice(5, 1),
      "major",
      "Removed the field `quality`: pass it through `extra`.",
    ],
    [
      "a field of another type",
      (s) => void Object.assign(s.fields[4] ?? {}, { type: "number" }),
      "major",
      "type of `n` from integer to number",
    ],
    [
      "a field that is required now",
      (s) => void Object.assign(s.fields[3] ?? {}, { required: true }),
      "major",
      "Made `model` required.",
    ],
    [
      "a field that is optional now",
      (s) => void Object.assign(s.fields[1] ?? {}, { required: false }),
      "minor",
      "Made `prompt` optional.",
    ],
    [
      "a new description",
      (s) => void Object.assign(s.fields[1] ?? {}, { description: "New." }),
      "patch",
      "description of `prompt`.",
    ],
    [
      "a refused field",
      (s) => setRule(s, "DallE2Edit", "user", { refused: true }),
      "major",
      "Refused `user` for `dall-e-2`.",
    ],
    [
      "a field that is no longer refused",
      (s) => setRule(s, "DallE2Edit", "stream", undefined),
      "minor",
      "Accepted `stream` for `dall-e-2`.",
    ],
    [
      "a lost value",
      (s) => setRule(s, "DallE2Edit", "quality", { enum: ["auto"] }),
      "major",
      "Refused `standard` for `quality` for `dall-e-2`.",
    ],
    [
      "a new list",
      (s) => setRule(s, "DallE2Edit", "user", { enum: ["me"] }),
      "major",
      "Limited `user` to a list of values",
    ],
    [
      "a list that is gone",
      (s) => setRule(s, "DallE2Edit", "quality", undefined),
      "minor",
      "Opened `quality` to any value",
    ],
    [
      "a tighter minimum",
      (s) => setRule(s, "DallE2Edit", "n", { type: "integer", minimum: 2, maximum: 10 }),
      "major",
      "minimum of `n` from 1 to 2",
    ],
    [
      "a looser maximum",
      (s) => setRule(s, "DallE2Edit", "n", { type: "integer", minimum: 1, maximum: 20 }),
      "minor",
      "maximum of `n` from 10 to 20",
    ],
    [
      "a limit that is gone",
      (s) => setRule(s, "DallE2Edit", "n", { type: "integer", minimum: 1 }),
      "minor",
      "maximum of `n` from 10 to none",
    ],
    [
      "another pattern",
      (s) => setRule(s, "DallE2Edit", "user", { pattern: "^a" }),
      "major",
      "Changed what `user` may look like",
    ],
    [
      "other files",
      (s) => void family(s, "DallE2Edit").files["image"]?.pop(),
      "major",
      "Changed what files `image` takes for `dall-e-2`.",
    ],
    [
      "another mask",
      (s) => void s.fallback.files["mask"]?.pop(),
      "major",
      "Changed what files `mask` takes for other models.",
    ],
    [
      "other conflicts",
      (s) => void family(s, "GptImage2Edit").conflicts.pop(),
      "major",
      "Changed which values go together for `gpt-image-2`.",
    ],
    [
      "a warning that is gone",
      (s) => void family(s, "FluxKontextEdit").rules.delete("size"),
      "patch",
      "the warnings about `size` for `flux-kontext-pro`, `flux-kontext-max`.",
    ],
    [
      "another response",
      (s) =>
        void Object.assign(objectAt(s.document, "components", "schemas", "ImagesResponse"), { required: [] }),
      "patch",
      "new description of the responses",
    ],
  ])("reports %s", (_title, change, level, text) => {
    const changes = changed(change);
    expect(changes).toHaveLength(1);
    expect(changes).toMatchObject([{ level, text: expect.stringContaining(text) }]);
  });

  it("reports a replaced value as one removed and one added, the breaking change first", () => {
    expect(
      changed((spec) => setRule(spec, "DallE2Edit", "quality", { enum: ["auto", "fine"] })),
    ).toMatchObject([
      { level: "major", text: "Refused `standard` for `quality` for `dall-e-2`." },
      { level: "minor", text: "Accepted `fine` for `quality` for `dall-e-2`." },
    ]);
  });
});
