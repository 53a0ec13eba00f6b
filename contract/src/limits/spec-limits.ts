import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** A file's limits, as `x-retouch` writes them. */
export interface FileLimits {
  readonly mediaTypes?: readonly string[];
  readonly belowBytes?: number;
  readonly square?: boolean;
  readonly sizeOfFirstImage?: boolean;
  readonly sizeOfUprightFirstImage?: boolean;
  readonly someTransparency?: boolean;
  readonly transparentPixel?: boolean;
}

/** One field's limits, merged from all rules; the tighter ones win. */
export interface FieldLimits {
  type?: string | undefined;
  enum?: readonly unknown[] | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  minItems?: number | undefined;
  maxItems?: number | undefined;
  refused?: boolean | undefined;
  size?: SizeWords | undefined;
}

interface SizeWords {
  readonly words: readonly string[];
  readonly multipleOf: number;
  readonly maxRatio: number;
  readonly maxEdgePx: number;
  readonly minPixels?: number;
  readonly maxPixels: number;
}

/** Fields that conflict. */
export interface ConflictLimits {
  /** Fields that are sent in the conflict, by their form names. */
  readonly required: readonly string[];
  /** Their values; a field that is not required must have one of `not.enum`, or the others are rejected. */
  readonly properties: Readonly<Record<string, ConflictProperty>>;
}

interface ConflictProperty {
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly not?: { readonly enum: readonly unknown[] };
}

/** The limits of a model at one level: errors or warnings. */
export interface Strictness {
  readonly fields: Map<string, FieldLimits>;
  image: FileLimits;
  /** The fields that are one file each, by name. */
  readonly files: Map<string, FileLimits>;
  readonly conflicts: ConflictLimits[];
  /** Required fields of a form; `model` only distinguishes the families. */
  readonly required: string[];
}

/** A family of `spec/openapi.yaml`: its models (empty for every other model) and limits. */
export interface Family {
  readonly name: string;
  readonly models: readonly string[];
  /** The fields that are one file each, `mask` among them. */
  readonly fileFields: readonly string[];
  readonly errors: Strictness;
  readonly warnings: Strictness;
}

type Schema = Record<string, unknown>;

/**
 * Reads the families of the spec independently of the generators of client and mock, so that an error in both is
 * detected.
 */
export function readFamilies(path: URL): Family[] {
  const document = parse(readFileSync(path, "utf8")) as { components: { schemas: Record<string, Schema> } };
  const { schemas } = document.components;
  const resolve = (schema: Schema): Schema => {
    const reference = schema["$ref"];
    return typeof reference === "string" ? resolve(schemas[reference.split("/").at(-1) ?? ""] ?? {}) : schema;
  };

  const collect = (given: Schema, into: Family): void => {
    const schema = resolve(given);
    for (const part of (schema["allOf"] ?? []) as Schema[]) collect(part, into);
    readOne(schema, into.errors);
    const extension = (schema["x-retouch"] ?? {}) as Record<string, Schema>;
    tightenFiles(into.errors, extension["errors"], fileFields);
    if (extension["warnings"]) {
      tightenFiles(into.warnings, extension["warnings"], fileFields);
      collectWarnings(extension["warnings"], into.warnings);
    }
  };
  const collectWarnings = (given: Schema, into: Strictness): void => {
    const schema = resolve(given);
    for (const part of (schema["allOf"] ?? []) as Schema[]) collectWarnings(part, into);
    readOne(schema, into);
  };
  const readOne = (schema: Schema, into: Strictness): void => {
    for (const [name, property] of partsOf(schema))
      for (const part of membersOf(name)) tighten(into.fields, part, property);
    into.required.push(...((schema["required"] ?? []) as string[]).filter((name) => name !== "model"));
    const not = schema["not"] as Partial<ConflictLimits> | undefined;
    if (!not?.properties) return;
    // One member of an object is enough to be rejected.
    const required = (not.required ?? []).map((name) => membersOf(name)[0] ?? name);
    into.conflicts.push({ required, properties: not.properties });
  };
  /** The parts of a form: an object's members are named with brackets. */
  const partsOf = (schema: Schema, path: readonly string[] = []): [string, Schema][] =>
    Object.entries((schema["properties"] ?? {}) as Record<string, Schema>).flatMap(([name, given]) => {
      const property = resolve(given);
      const [first = "", ...rest] = [...path, name];
      if (property["properties"]) return partsOf(property, [first, ...rest]);
      return [[first + rest.map((one) => `[${one}]`).join(""), property] as [string, Schema]];
    });

  const fileFields = ["EditFields", "AddedFields"]
    .flatMap((name) => Object.entries((schemas[name]?.["properties"] ?? {}) as Record<string, Schema>))
    .filter(([, property]) => property["format"] === "binary")
    .map(([name]) => name);
  const declared = partsOf(schemas["AddedFields"] ?? {}).map(([name]) => name);
  /** Returns the parts that a property is sent as: itself, or the members of an object. */
  const membersOf = (property: string): string[] => {
    const members = declared.filter((name) => name.startsWith(`${property}[`));
    return members.length === 0 ? [property] : members;
  };

  return ((schemas["EditRequest"]?.["anyOf"] ?? []) as Schema[]).map((reference) => {
    const family: Family = {
      name: String(reference["$ref"]).split("/").at(-1) ?? "",
      models: [],
      fileFields,
      errors: { fields: new Map(), image: {}, files: new Map(), conflicts: [], required: [] },
      warnings: { fields: new Map(), image: {}, files: new Map(), conflicts: [], required: [] },
    };
    collect(reference, family);
    return { ...family, models: (family.errors.fields.get("model")?.enum ?? []) as string[] };
  });
}

function tightenFiles(into: Strictness, limits: Schema | undefined, fileFields: readonly string[]): void {
  into.image = { ...into.image, ...(limits?.["image"] as FileLimits | undefined) };
  for (const name of fileFields) {
    const given = limits?.[name] as FileLimits | undefined;
    if (given) into.files.set(name, { ...into.files.get(name), ...given });
  }
}

function tighten(fields: Map<string, FieldLimits>, name: string, schema: Schema): void {
  const known = fields.get(name) ?? {};
  const highest = (key: keyof FieldLimits) =>
    Math.max(Number(known[key] ?? -Infinity), Number(schema[key] ?? -Infinity));
  const lowest = (key: keyof FieldLimits) =>
    Math.min(Number(known[key] ?? Infinity), Number(schema[key] ?? Infinity));
  const finite = (value: number) => (Number.isFinite(value) ? value : undefined);
  const allowed = schema["enum"] as unknown[] | undefined;
  const joined: FieldLimits = {
    type: (schema["type"] as string | undefined) ?? known.type,
    enum:
      known.enum && allowed ? known.enum.filter((value) => allowed.includes(value)) : (known.enum ?? allowed),
    minimum: finite(highest("minimum")),
    minLength: finite(highest("minLength")),
    minItems: finite(highest("minItems")),
    maximum: finite(lowest("maximum")),
    maxLength: finite(lowest("maxLength")),
    maxItems: finite(lowest("maxItems")),
    refused:
      known.refused ||
      (typeof schema["not"] === "object" && Object.keys(schema["not"] as object).length === 0),
    size: (schema["x-retouch"] as { size?: SizeWords } | undefined)?.size ?? known.size,
  };
  fields.set(name, joined);
}
