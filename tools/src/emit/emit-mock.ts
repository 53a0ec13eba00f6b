import { arrayAt, objectAt, resolve, stringAt } from "../json.ts";
import type { Family, FileRule, Json, JsonObject, Spec } from "../spec-types.ts";
import { generatedHeader } from "./generated-header.ts";
import { printKey, printLiteral, printPattern } from "./print-literal.ts";

/** Writes the mock's `spec.gen.ts`: files, models and the shapes of responses; `validator.gen.ts` has the text fields. */
export function emitMock(spec: Spec): string {
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
  /** Fields that the family refuses. */
  readonly refusedFields: readonly string[];
  readonly urlLifetimeSeconds?: number;
}

export const editPath = ${JSON.stringify(spec.path)};
export const fieldNames: readonly string[] = ${printLiteral(spec.fields.map(({ name }) => name))};
/** Media types that a part's Content-Type may have, whatever the model. */
export const imageMediaTypes: readonly string[] = ${printLiteral(spec.imageMediaTypes)};
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

/** The names that events of a streamed answer have. */
export const streamEvents = ${printLiteral(streamEvents(spec.document))} as const;

/** The members of each answer with a value of the right type: the mock fills in its own. */
export const skeletons = {
  imagesResponse: ${printLiteral(skeleton(spec.document, "ImagesResponse"))},
  chatCompletion: ${printLiteral(skeleton(spec.document, "VendorChatCompletion"))},
  partialImageEvent: ${printLiteral(skeleton(spec.document, "PartialImageEvent"))},
  completedEvent: ${printLiteral(skeleton(spec.document, "CompletedEvent"))},
};
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

/** Gives every member of a schema a value of its type. */
function skeleton(document: JsonObject, name: string): Json {
  return emptyValue(document, { $ref: `#/components/schemas/${name}` });
}

/** A schema that contains itself ends where it would begin again. */
function emptyValue(document: JsonObject, reference: Json, open: readonly string[] = []): Json {
  const ref = stringAt(reference, "$ref");
  if (ref !== undefined && open.includes(ref)) return {};
  const within = ref === undefined ? open : [...open, ref];
  const schema = resolve(document, reference);
  const [first] = arrayAt(schema, "enum");
  if (first !== undefined) return first;
  switch (schema["type"]) {
    case "object":
      return Object.fromEntries(
        Object.entries(objectAt(schema, "properties")).map(([key, member]) => [
          key,
          emptyValue(document, member, within),
        ]),
      );
    case "array":
      return [emptyValue(document, schema["items"] ?? {}, within)];
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      return "";
  }
}
