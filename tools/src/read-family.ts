import { type FamilyPart, familyParts, vendorSchema } from "./family-parts.ts";
import { arrayAt, isObject, objectAt, resolve, stringAt } from "./json.ts";
import { mergeConstraints } from "./merge-constraints.ts";
import { readConstraint } from "./read-constraint.ts";
import type { Conflict, Constraint, Family, FileRule, JsonObject, Rule, Shutdown } from "./spec-types.ts";

/** Reads one model family: its models, and everything that is refused or warned of. */
export function readFamily(document: JsonObject, name: string): Family {
  const parts = familyParts(document, name);
  const schema = objectAt(document, "components", "schemas", name);
  const extension = objectAt(schema, "x-retouch");
  const models = parts
    .filter((part) => part.name !== vendorSchema)
    .flatMap((part) => arrayAt(resolve(document, objectAt(part.schema, "properties")["model"]), "enum"))
    .filter((model) => typeof model === "string");
  const notice = stringAt(extension, "notice");
  const lifetime = extension["urlLifetimeSeconds"];
  return {
    name,
    description: stringAt(schema, "description") ?? name,
    models,
    rules: rulesOf(document, parts),
    image: fileRulesOf(parts, "image"),
    mask: fileRulesOf(parts, "mask"),
    conflicts: conflictsOf(parts),
    shutdowns: shutdownsOf(extension, name, models),
    ...(notice === undefined ? {} : { notice }),
    ...(typeof lifetime === "number" ? { urlLifetimeSeconds: lifetime } : {}),
  };
}

/** Joins what all parts say of each field, errors and warnings apart. `model` chooses the family and has no rules. */
function rulesOf(document: JsonObject, parts: FamilyPart[]): Map<string, Rule[]> {
  const rules = new Map<string, Rule[]>();
  for (const severity of ["error", "warning"] as const) {
    const merged = new Map<string, { constraint: Constraint; source: string }>();
    for (const part of parts.filter((one) => one.severity === severity)) {
      for (const [field, schema] of Object.entries(objectAt(part.schema, "properties"))) {
        const constraint = readConstraint(resolve(document, schema));
        if (field === "model" || Object.keys(constraint).length === 0) continue;
        const before = merged.get(field);
        const after = before ? mergeConstraints(before.constraint, constraint) : constraint;
        merged.set(field, { constraint: after, source: part.source });
      }
    }
    for (const [field, { constraint, source }] of merged) {
      rules.set(field, [...(rules.get(field) ?? []), { severity, source, ...constraint }]);
    }
  }
  return rules;
}

/** Reads what `x-retouch` says about the files of one field; a warning's limits stand beside its `properties`. */
function fileRulesOf(parts: FamilyPart[], field: "image" | "mask"): FileRule[] {
  return parts.flatMap((part) => {
    const place = part.severity === "error" ? objectAt(part.schema, "x-retouch", "errors") : part.schema;
    const limits = place[field];
    return isObject(limits) ? [{ severity: part.severity, source: part.source, ...limits }] : [];
  });
}

function conflictsOf(parts: FamilyPart[]): Conflict[] {
  return parts.flatMap((part) => {
    const not = objectAt(part.schema, "not");
    const fields = arrayAt(not, "required").filter((name) => typeof name === "string");
    if (fields.length < 2) return [];
    const valuesOf = (name: string) =>
      arrayAt(not, "properties", name, "enum").filter((value) => value !== null && typeof value !== "object");
    const when = Object.fromEntries(fields.map((name) => [name, valuesOf(name)]));
    return [{ severity: part.severity, source: part.source, when }];
  });
}

function shutdownsOf(extension: JsonObject, family: string, models: string[]): Shutdown[] {
  return arrayAt(extension, "shutdown").map((entry) => {
    const [model, host, date] = ["model", "host", "date"].map((key) => stringAt(entry, key));
    if (!model || !host || !date || !models.includes(model)) {
      throw new Error(
        `The shutdown ${JSON.stringify(entry)} of ${family} needs a model of the family, a host and a date. Mend spec/overlay.yaml.`,
      );
    }
    return { model, host, date };
  });
}
