import { arrayAt, isObject, objectAt, refName, resolve, stringAt } from "./json.ts";
import { mergeConstraints } from "./merge-constraints.ts";
import { readConstraint } from "./read-constraint.ts";
import type {
  Conflict,
  Constraint,
  Family,
  FieldType,
  FileRule,
  JsonObject,
  Rule,
  Severity,
  Spec,
  SpecField,
} from "./spec-types.ts";
import { vendorModels } from "./vendor-models.ts";

interface Part {
  name: string | undefined;
  schema: JsonObject;
  source: string;
  severity: Severity;
}

/** Collects a family's schema and everything its `allOf` and `x-retouch.warnings` lead to, in order. */
function partsOf(document: JsonObject, node: JsonObject, source: string, severity: Severity): Part[] {
  const schema = resolve(document, node);
  const extension = objectAt(schema, "x-retouch");
  const own = stringAt(extension, "source") ?? stringAt(schema, "source") ?? source;
  const parts: Part[] = [{ name: refName(node), schema, source: own, severity }];
  for (const child of arrayAt(schema, "allOf"))
    parts.push(...partsOf(document, objectAt(child), own, severity));
  if (isObject(extension["warnings"])) {
    parts.push(...partsOf(document, extension["warnings"], own, "warning"));
  }
  return parts;
}

function rulesOf(document: JsonObject, parts: Part[]): Map<string, Rule[]> {
  const rules = new Map<string, Rule[]>();
  for (const severity of ["error", "warning"] as const) {
    const merged = new Map<string, { constraint: Constraint; source: string }>();
    for (const part of parts.filter((one) => one.severity === severity)) {
      for (const [field, schema] of Object.entries(objectAt(part.schema, "properties"))) {
        if (field === "model") continue;
        const constraint = readConstraint(resolve(document, schema));
        if (Object.keys(constraint).length === 0) continue;
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
function fileRulesOf(parts: Part[], field: "image" | "mask"): FileRule[] {
  return parts.flatMap((part) => {
    const place = part.severity === "error" ? objectAt(part.schema, "x-retouch", "errors") : part.schema;
    const limits = place[field];
    return isObject(limits) ? [{ severity: part.severity, source: part.source, ...limits }] : [];
  });
}

function conflictsOf(parts: Part[]): Conflict[] {
  return parts.flatMap((part) => {
    const not = objectAt(part.schema, "not");
    const fields = arrayAt(not, "required").filter((name) => typeof name === "string");
    if (fields.length < 2) return [];
    const when = Object.fromEntries(
      fields.map((name) => [
        name,
        arrayAt(not, "properties", name, "enum").filter(
          (value) => value !== null && typeof value !== "object",
        ),
      ]),
    );
    return [{ severity: part.severity, source: part.source, when }];
  });
}

function readFamily(document: JsonObject, name: string): Family {
  const reference = { $ref: `#/components/schemas/${name}` };
  const parts = partsOf(document, reference, "vendor", "error");
  const schema = resolve(document, reference);
  const extension = objectAt(schema, "x-retouch");
  const models = parts
    .filter((part) => part.name !== "EditFields")
    .flatMap((part) => arrayAt(resolve(document, objectAt(part.schema, "properties")["model"]), "enum"))
    .filter((model) => typeof model === "string");
  const shutdowns = arrayAt(extension, "shutdown").map((entry) => {
    const [model, host, date] = ["model", "host", "date"].map((key) => stringAt(entry, key));
    if (!model || !host || !date || !models.includes(model)) {
      throw new Error(
        `The shutdown ${JSON.stringify(entry)} of ${name} needs a model of the family, a host and a date.`,
      );
    }
    return { model, host, date };
  });
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
    shutdowns,
    ...(notice === undefined ? {} : { notice }),
    ...(typeof lifetime === "number" ? { urlLifetimeSeconds: lifetime } : {}),
  };
}

function fieldType(document: JsonObject, name: string, base: JsonObject, families: Family[]): FieldType {
  if (base["format"] === "binary") return "file";
  if (base["type"] === "array" && resolve(document, base["items"])["format"] === "binary") return "files";
  const declared =
    base["type"] ??
    families.flatMap((family) => family.rules.get(name) ?? []).find((rule) => rule.type)?.type;
  return declared === "integer" || declared === "number" || declared === "boolean" ? declared : "string";
}

function readFields(document: JsonObject, families: Family[]): SpecField[] {
  const fields = new Map<string, SpecField>();
  for (const [schemaName, origin] of [
    ["EditFields", "vendor"],
    ["AddedFields", "added"],
  ] as const) {
    const schema = objectAt(document, "components", "schemas", schemaName);
    for (const [name, value] of Object.entries(objectAt(schema, "properties"))) {
      if (fields.has(name)) continue;
      const base = resolve(document, value);
      fields.set(name, {
        name,
        type: fieldType(document, name, base, families),
        description: (stringAt(base, "description") ?? "").replace(/\s+/g, " ").trim(),
        ...(base["example"] === undefined ? {} : { example: base["example"] }),
        required: arrayAt(schema, "required").includes(name),
        origin,
      });
    }
  }
  return [...fields.values()];
}

/** Finds the one operation that takes a form; a renamed path is followed. */
function findOperation(document: JsonObject): { path: string; operation: JsonObject } {
  for (const [path, item] of Object.entries(objectAt(document, "paths"))) {
    const operation = objectAt(item, "post");
    if (isObject(objectAt(operation, "requestBody", "content")["multipart/form-data"]))
      return { path, operation };
  }
  throw new Error(
    "The spec has no POST that takes multipart/form-data. Look at `paths` in spec/openapi.yaml.",
  );
}

function mediaTypesOf(operation: JsonObject, field: string): string[] {
  const encoding = objectAt(operation, "requestBody", "content", "multipart/form-data", "encoding", field);
  return (stringAt(encoding, "contentType") ?? "")
    .split(",")
    .map((type) => type.trim())
    .filter(Boolean);
}

/** Reads `spec/openapi.yaml`, parsed, into what every emitter works from. */
export function readSpec(document: JsonObject): Spec {
  const { path, operation } = findOperation(document);
  const request = objectAt(operation, "requestBody", "content", "multipart/form-data", "schema");
  const families = arrayAt(resolve(document, request), "anyOf").map((entry) => {
    const name = refName(entry);
    if (name === undefined)
      throw new Error("Every model family of EditRequest is a $ref to a schema with a name.");
    return readFamily(document, name);
  });
  const fallback = families.find((family) => family.models.length === 0);
  if (!fallback)
    throw new Error("EditRequest has no family for unknown models: one without an enum for `model`.");

  const fields = readFields(document, families);
  const notes: string[] = [];
  const known = new Set(families.flatMap((family) => family.models));
  for (const model of vendorModels(document).filter((name) => !known.has(name))) {
    fallback.models.push(model);
    notes.push(
      `The vendor names the model \`${model}\`, which no family lists: it gets the limits common to all models. ` +
        "Add it to a family in spec/overlay.yaml.",
    );
  }
  checkVendorEnums(document, families);
  for (const field of fields) {
    const treated = field.name === "model" || field.name === "mask" || field.origin === "added";
    const own = treated || families.some((family) => namesField(document, family.name, field.name));
    if (own) continue;
    field.required = false;
    notes.push(
      `The vendor's field \`${field.name}\` is new: it is optional and loose for every model. ` +
        "Say in spec/overlay.yaml which families take it.",
    );
  }
  return {
    document,
    baseUrl: stringAt(objectAt(arrayAt(document, "servers")[0]), "url") ?? "",
    path,
    fields,
    families,
    fallback,
    models: families.flatMap((family) => family.models.map((name) => ({ name, family }))),
    imageMediaTypes: mediaTypesOf(operation, "image"),
    maskMediaTypes: mediaTypesOf(operation, "mask"),
    notes,
  };
}

/** Tells whether anything but the vendor's own schema restricts the field in this family. */
function namesField(document: JsonObject, family: string, field: string): boolean {
  return partsOf(document, { $ref: `#/components/schemas/${family}` }, "vendor", "error").some(
    (part) => part.name !== "EditFields" && field in objectAt(part.schema, "properties"),
  );
}

/** Refuses a vendor's new enum value that no family would accept: it would be lost in silence. */
function checkVendorEnums(document: JsonObject, families: Family[]): void {
  const base = objectAt(document, "components", "schemas", "EditFields", "properties");
  for (const [field, schema] of Object.entries(base)) {
    const listed = arrayAt(resolve(document, schema), "enum");
    if (field === "model" || listed.length === 0) continue;
    const overlays = families.flatMap((family) =>
      partsOf(document, { $ref: `#/components/schemas/${family.name}` }, "vendor", "error")
        .filter((part) => part.name !== "EditFields")
        .map((part) => arrayAt(resolve(document, objectAt(part.schema, "properties")[field]), "enum")),
    );
    const accepted = new Set(overlays.flat());
    for (const value of listed) {
      if (accepted.size === 0 || accepted.has(value)) continue;
      throw new Error(
        `The vendor lists ${JSON.stringify(value)} for \`${field}\`, but no model family accepts it. ` +
          `Add it to the values of \`${field}\` in spec/overlay.yaml.`,
      );
    }
    for (const family of families) {
      const rule = family.rules.get(field)?.find((one) => one.severity === "error");
      if (rule?.enum?.length === 0) {
        throw new Error(
          `No value of \`${field}\` is left for ${family.name}: the vendor's list and the overlay's share none. ` +
            `Mend the values of \`${field}\` in spec/overlay.yaml.`,
        );
      }
    }
  }
}
