import { arrayAt, isObject, objectAt, resolve, stringAt } from "../json.ts";
import type { Constraint, Family, FileRule, JsonObject, Rule, Shutdown } from "../spec-types.ts";
import { fileFields, partNames, partsOf } from "./declared-fields.ts";
import { type FamilyPart, familyParts, vendorSchema } from "./family-parts.ts";
import { mergeConstraints } from "./merge-constraints.ts";
import { readConflicts } from "./read-conflicts.ts";
import { readConstraint } from "./read-constraint.ts";

/** Reads one model family: its models and all its error and warning rules. */
export function readFamily(document: JsonObject, name: string): Family {
  const parts = familyParts(document, name);
  const schema = objectAt(document, "components", "schemas", name);
  const extension = objectAt(schema, "x-retouch");
  const lists = parts
    .filter((part) => part.name !== vendorSchema)
    .map((part) => resolve(document, objectAt(part.schema, "properties")["model"]));
  const models = lists.flatMap((list) => arrayAt(list, "enum")).filter((model) => typeof model === "string");
  const notice = stringAt(extension, "notice");
  const lifetime = extension["urlLifetimeSeconds"];
  return {
    name,
    description: stringAt(schema, "description") ?? name,
    models,
    snapshots: Object.assign({}, ...lists.map((list) => snapshotsOf(list, name, models))),
    rules: rulesOf(document, parts),
    files: Object.fromEntries(
      ["image", ...fileFields(document)].map((field) => [field, fileRulesOf(parts, field)]),
    ),
    conflicts: readConflicts(document, parts),
    shutdowns: shutdownsOf(extension, name, models),
    ...(notice === undefined ? {} : { notice }),
    ...(typeof lifetime === "number" ? { urlLifetimeSeconds: lifetime } : {}),
  };
}

/** Merges the rules of all parts per field, errors and warnings separately. `model` selects the family and has no rules. */
function rulesOf(document: JsonObject, parts: readonly FamilyPart[]): Map<string, Rule[]> {
  const rules = new Map<string, Rule[]>();
  for (const severity of ["error", "warning"] as const) {
    const merged = new Map<string, { constraint: Constraint; source: string }>();
    for (const part of parts.filter((one) => one.severity === severity)) {
      for (const [property, schema] of partsOf(document, objectAt(part.schema, "properties"))) {
        const constraint = readConstraint(schema);
        if (property === "model" || Object.keys(constraint).length === 0) continue;
        for (const field of partNames(document, property)) {
          const before = merged.get(field);
          const after = before ? mergeConstraints(before.constraint, constraint) : constraint;
          merged.set(field, { constraint: after, source: part.source });
        }
      }
    }
    for (const [field, { constraint, source }] of merged) {
      rules.set(field, [...(rules.get(field) ?? []), { severity, source, ...constraint }]);
    }
  }
  return rules;
}

/** Reads the file limits of one field from `x-retouch`; a warning's limits are next to its `properties`. */
function fileRulesOf(parts: readonly FamilyPart[], field: string): FileRule[] {
  return parts.flatMap((part) => {
    const place = part.severity === "error" ? objectAt(part.schema, "x-retouch", "errors") : part.schema;
    const limits = place[field];
    return isObject(limits) ? [{ severity: part.severity, source: part.source, ...limits }] : [];
  });
}

/** Returns the names of the dated snapshots in `x-retouch.snapshots`, which lists dates by model. */
function snapshotsOf(list: JsonObject, family: string, models: string[]): Record<string, string[]> {
  const dates = Object.entries(objectAt(list, "x-retouch", "snapshots"));
  return Object.fromEntries(
    dates.map(([model, given]) => {
      if (!models.includes(model))
        throw new Error(
          `The snapshots of ${family} name \`${model}\`, which is not one of its models. Fix spec/overlay.yaml.`,
        );
      return [model, arrayAt(given).map((date) => `${model}-${date}`)];
    }),
  );
}

function shutdownsOf(extension: JsonObject, family: string, models: string[]): Shutdown[] {
  return arrayAt(extension, "shutdown").map((entry) => {
    const [model, host, date] = ["model", "host", "date"].map((key) => stringAt(entry, key));
    if (!model || !host || !date || !models.includes(model)) {
      throw new Error(
        `The shutdown ${JSON.stringify(entry)} of ${family} needs a model of the family, a host and a date. Fix spec/overlay.yaml.`,
      );
    }
    const replacements = arrayAt(entry, "replacements").filter((name) => typeof name === "string");
    return { model, host, date, replacements };
  });
}
