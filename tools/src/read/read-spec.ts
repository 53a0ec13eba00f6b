import { findOperation } from "../document/find-operation.ts";
import { arrayAt, objectAt, refName, resolve, stringAt } from "../json.ts";
import type { Family, JsonObject, Spec } from "../spec-types.ts";
import { readFamily } from "./read-family.ts";
import { readFields } from "./read-fields.ts";
import { noteNewFields, noteTighterLimits } from "./vendor-drift.ts";
import { vendorModels } from "./vendor-models.ts";

/** Reads the parsed `spec/openapi.yaml` into the model that every emitter uses. */
export function readSpec(document: JsonObject): Spec {
  const found = findOperation(document, Object.keys(objectAt(document, "paths"))[0] ?? "");
  if (!found)
    throw new Error("The spec has no operation that edits images. Look at `paths` in spec/openapi.yaml.");
  const { path, operation } = found;
  const request = objectAt(operation, "requestBody", "content", "multipart/form-data", "schema");
  const families = arrayAt(resolve(document, request), "anyOf").map((entry) => {
    const name = refName(entry);
    if (name === undefined)
      throw new Error("Every family of EditRequest must be a $ref. Give each a schema with a name.");
    return readFamily(document, name);
  });
  const fallback = families.find((family) => family.models.length === 0);
  if (!fallback) {
    throw new Error("EditRequest has no family for unknown models. Keep one without an enum for `model`.");
  }
  const known = new Set(families.flatMap((family) => family.models));
  checkReplacements(families, known);
  const snapshotPattern =
    stringAt(document, "components", "schemas", "KnownModel", "x-retouch", "snapshotPattern") ?? "(?!)";
  const newModels = vendorModels(document, known).filter(
    (name) => !known.has(name) && !addSnapshot(families, name, snapshotPattern),
  );
  fallback.models.push(...newModels);
  const fields = readFields(document, families);
  return {
    document,
    baseUrl: (stringAt(objectAt(arrayAt(document, "servers")[0]), "url") ?? "").replace(/\/+$/, ""),
    path,
    fields,
    families,
    fallback,
    models: families.flatMap((family) =>
      family.models.flatMap((name) => [
        { name, family },
        ...(family.snapshots[name] ?? []).map((snapshot) => ({ name: snapshot, family, snapshotOf: name })),
      ]),
    ),
    snapshotPattern,
    imageMediaTypes: mediaTypesOf(operation, "image"),
    maskMediaTypes: mediaTypesOf(operation, "mask"),
    notes: [
      ...newModels.map(
        (name) =>
          `The vendor names the model \`${name}\`, which no family lists: it gets the limits common to all models. ` +
          "Add it to a family in spec/overlay.yaml.",
      ),
      ...noteNewFields(document, families, fields),
      ...noteTighterLimits(document, families),
    ],
  };
}

/** Returns whether a name is a dated snapshot of a known model, which then has it: a snapshot has its model's limits. */
function addSnapshot(families: Family[], name: string, pattern: string): boolean {
  const model = name.replace(new RegExp(pattern), "");
  const family = model === name ? undefined : families.find(({ models }) => models.includes(model));
  if (family === undefined) return false;
  const dated = family.snapshots[model] ?? [];
  if (!dated.includes(name)) family.snapshots[model] = [...dated, name];
  return true;
}

/** Checks that every replacement is a model of the spec: users could not follow other advice. */
function checkReplacements(families: Family[], known: ReadonlySet<string>): void {
  for (const { model, replacements } of families.flatMap(({ shutdowns }) => shutdowns)) {
    const unknown = replacements.find((name) => !known.has(name));
    if (unknown !== undefined)
      throw new Error(
        `\`${model}\` is replaced by \`${unknown}\`, which is not a model of the spec. Fix spec/overlay.yaml.`,
      );
  }
}

function mediaTypesOf(operation: JsonObject, field: string): string[] {
  const encoding = objectAt(operation, "requestBody", "content", "multipart/form-data", "encoding", field);
  const types = (stringAt(encoding, "contentType") ?? "").split(",").map((type) => type.trim());
  return types.filter((type) => type !== "");
}
