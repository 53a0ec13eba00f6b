// Over 220 lines: a third of the file is the text of the module that it writes.
import { arrayAt, objectAt, resolve, stringAt } from "../json.ts";
import type { PriceRow } from "../read/read-prices.ts";
import type { Family, FileRule, Json, JsonObject, Spec } from "../spec-types.ts";
import { pathEnd } from "./emit-limits.ts";
import { generatedHeader } from "./generated-header.ts";
import { printKey, printLiteral, printPattern } from "./print-literal.ts";
import { printTokens } from "./print-tokens.ts";

/** Writes the mock's `spec.gen.ts`: files, models and the shapes of responses; `validator.gen.ts` has the text fields. */
export function emitMock(spec: Spec, prices: ReadonlyMap<string, PriceRow>): string {
  const families = spec.families.map(
    (family) => `  ${printKey(family.name)}: ${printLiteral(mediaOf(spec, family))},\n`,
  );
  return `${generatedHeader("emit/emit-mock.ts", "spec/openapi.yaml")}
/**
 * What must hold for a file field beside \`image\` and \`mask\`, such as \`markup\`.
 */
export interface FileFacts {
  readonly mediaTypes?: readonly string[];
  /** The file must be smaller than this. */
  readonly belowBytes?: number;
  /** As many pixels each way as the first image has when it is upright. */
  readonly sizeOfUprightFirstImage?: true;
  /** An alpha channel, and at least one pixel that is not opaque. */
  readonly someTransparency?: true;
}

/**
 * A rule for sizes that are not listed.
 */
export interface SizeRule {
  readonly multipleOf: number;
  readonly maxRatio: number;
  readonly maxEdgePx: number;
  readonly minPixels?: number;
  readonly maxPixels: number;
}

/**
 * What a family's server refuses of files, and where its results live.
 */
export interface FamilyFacts {
  readonly models: readonly string[];
  readonly image: {
    readonly minCount: number;
    readonly maxCount: number;
    /** Any image where absent. */
    readonly mediaTypes?: readonly string[];
    /** A file must be smaller than this. */
    readonly belowBytes?: number;
    readonly square?: true;
  };
  readonly mask: {
    readonly mediaTypes: readonly string[];
    /** The file must be smaller than this. */
    readonly belowBytes?: number;
    readonly sizeOfFirstImage?: true;
    readonly transparentPixel?: true;
  };
  /** The other file fields that the family takes, by name. */
  readonly files: Readonly<Record<string, FileFacts>>;
  /** The sizes that the family's documents name, whether others are refused or only warned of. */
  readonly sizes: readonly string[];
  /** The rule for free sizes, whether others are refused or only warned of. */
  readonly sizeRule?: SizeRule;
  /** Fields that the family refuses. */
  readonly refusedFields: readonly string[];
  readonly urlLifetimeSeconds?: number;
}

export const editPath = ${JSON.stringify(spec.path)};
/** What a base URL may end with: the version, and the path after it. */
export const editPathEnd = ${printPattern(pathEnd(spec.path))};
export const fieldNames: readonly string[] = ${printLiteral(spec.fields.map(({ name }) => name))};
/** Media types that a part's Content-Type may have, whatever the model. */
export const imageMediaTypes: readonly string[] = ${printLiteral(spec.imageMediaTypes)};
/** What a field that is not sent counts as, as the text of a form. */
export const fieldDefaults = ${printLiteral(defaultsOf(spec))} as const;
/** Fields that are one file each. */
export const fileFields: readonly string[] = ${printLiteral(spec.fields.filter(({ type }) => type === "file").map(({ name }) => name))};
export const modelNames: readonly string[] = ${printLiteral(spec.models.map(({ name }) => name))};

/** The first day without a model, and the host that stops serving it. */
export const shutdowns: readonly { readonly model: string; readonly host: string; readonly date: string }[] =
  ${printLiteral(shutdownsOf(spec))};

export const families: Readonly<Record<string, FamilyFacts>> = {
${families.join("")}};

/** Looks up what is known of a model's family; an unknown model, or none, has the limits common to all. */
export function familyOf(model: string | undefined): FamilyFacts {
  const find = (name: string | undefined) =>
    Object.values(families).find((family) => name !== undefined && family.models.includes(name));
  // A dated snapshot has the limits of its model.
  const known = find(model) ?? find(model?.replace(${printPattern(spec.snapshotPattern)}, ""));
  return known ?? (families[${JSON.stringify(spec.fallback.name)}] as FamilyFacts); // always among them
}

/**
 * The tokens of a model's images.
 */
export interface TokenFacts {
  /** Of one image made, by quality, then by size. */
  readonly outputTokens?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Of one image sent: one for each square patch, or some for each tile once the short side has the edge of one. */
  readonly inputImage?: {
    readonly patchPx?: number;
    readonly mostPatches?: number;
    readonly tokens?: number;
    readonly tilePx?: number;
    readonly tileTokens?: number;
    readonly mostTiles?: number;
    readonly highFidelityTokens?: number;
  };
  /** Of each partial image of a stream. */
  readonly partialImageTokens?: number;
}

${printTokens(prices)}
/** The names that events of a streamed response have. */
export const streamEvents = ${printLiteral(streamEvents(spec.document))} as const;

/**
 * The part of a schema that a body is built from.
 */
export interface BodySchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, BodySchema>>;
  readonly items?: BodySchema;
}

/** Schemas of the bodies that the mock responds with, by their names in the spec. */
export const bodySchemas = {
${bodies.map((name) => `  ${name}: ${printLiteral(bodySchema(spec.document, { $ref: `#/components/schemas/${name}` }))},\n`).join("")}} as const satisfies Record<string, BodySchema>;
`;
}

/** The end of each model, and of its dated snapshots with it. */
function shutdownsOf(spec: Spec): object[] {
  return spec.models.flatMap(({ name, family, snapshotOf = name }) =>
    family.shutdowns
      .filter(({ model }) => model === snapshotOf)
      .map(({ host, date }) => ({ model: name, host, date })),
  );
}

function defaultsOf(spec: Spec): object {
  return Object.fromEntries(
    spec.fields.flatMap((field) =>
      field.default === undefined ? [] : [[field.name, String(field.default)]],
    ),
  );
}

function mediaOf(spec: Spec, family: Family): object {
  const strict = (rules: FileRule[]) => {
    const {
      severity: _severity,
      source: _source,
      ...limits
    } = Object.assign({}, ...rules.filter(({ severity }) => severity === "error"));
    return limits;
  };
  const { image = [], mask = [], ...others } = family.files;
  const files = Object.entries(others).map(([name, rules]) => [name, strict(rules)] as const);
  const counted = family.rules.get("image")?.find(({ severity }) => severity === "error");
  const sizes = (family.rules.get("size") ?? []).flatMap((rule) => rule.enum ?? []);
  const refused = [...family.rules].filter(([, rules]) =>
    rules.some((rule) => rule.severity === "error" && rule.refused),
  );
  return {
    models: family.models,
    image: { minCount: counted?.minItems ?? 1, maxCount: counted?.maxItems ?? 16, ...strict(image) },
    mask: { mediaTypes: spec.maskMediaTypes, ...strict(mask) },
    files: Object.fromEntries(files.filter(([, limits]) => Object.keys(limits).length > 0)),
    sizes,
    sizeRule: (family.rules.get("size") ?? []).find((rule) => rule.size)?.size,
    refusedFields: refused.map(([name]) => name),
    urlLifetimeSeconds: family.urlLifetimeSeconds,
  };
}

function streamEvents(document: JsonObject): object {
  const names = (schema: string) =>
    arrayAt(document, "components", "schemas", schema, "properties", "type", "enum");
  return {
    partial: names("PartialImageEvent"),
    completed: names("CompletedEvent"),
    error: names("ErrorEvent"),
  };
}

/** Schemas of everything that the mock responds with: it builds its bodies from them. */
const bodies = [
  "ImagesResponse",
  "VendorChatCompletion",
  "PartialImageEvent",
  "CompletedEvent",
  "ErrorResponse",
  "ModelList",
  "Model",
];

/** Prints a schema without prose and references, as far as a body is built from it; a cycle ends where it would repeat. */
function bodySchema(document: JsonObject, reference: Json, open: readonly string[] = []): JsonObject {
  const ref = stringAt(reference, "$ref");
  if (ref !== undefined && open.includes(ref)) return {};
  const within = ref === undefined ? open : [...open, ref];
  const schema = resolve(document, reference);
  const enumeration = arrayAt(schema, "enum");
  const required = arrayAt(schema, "required");
  const properties = Object.entries(objectAt(schema, "properties"));
  return {
    ...(schema["type"] === undefined ? {} : { type: schema["type"] }),
    ...(enumeration.length === 0 ? {} : { enum: enumeration }),
    ...(required.length === 0 ? {} : { required }),
    ...(properties.length === 0
      ? {}
      : {
          properties: Object.fromEntries(
            properties.map(([name, member]) => [name, bodySchema(document, member, within)]),
          ),
        }),
    ...(schema["items"] === undefined ? {} : { items: bodySchema(document, schema["items"], within) }),
  };
}
