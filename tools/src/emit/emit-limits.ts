import type { Family, Rule, Spec } from "../spec-types.ts";
import { generatedHeader } from "./generated-header.ts";
import { printKey, printLiteral, printPattern } from "./print-literal.ts";

/** Keeps what preflight checks of a field: files are counted under `image`, a rule for sizes says all that its pattern does. */
function fieldRule({ minItems: _min, maxItems: _max, pattern, ...rule }: Rule): object | undefined {
  const demands = Object.keys(rule).some((key) => key !== "severity" && key !== "source");
  const printed = pattern === undefined || rule.size ? rule : { ...rule, pattern };
  return demands || printed !== rule ? printed : undefined;
}

function imageRules(family: Family): object[] {
  const counts = (family.rules.get("image") ?? []).map(({ severity, source, minItems, maxItems }) => ({
    severity,
    source,
    minCount: minItems,
    maxCount: maxItems,
  }));
  return [
    ...counts.filter((rule) => rule.minCount !== undefined || rule.maxCount !== undefined),
    ...(family.files["image"] ?? []),
  ];
}

type FamilyData = Record<string, unknown> & { fields: Record<string, object[]> };

function familyData(spec: Spec, family: Family): FamilyData {
  const fields = spec.fields.flatMap(({ name }) => {
    const rules = (family.rules.get(name) ?? []).map(fieldRule).filter((rule) => rule !== undefined);
    return rules.length === 0 ? [] : [[name, rules] as const];
  });
  const { name, conflicts, notice, urlLifetimeSeconds } = family;
  const { image: _image, mask = [], ...files } = family.files;
  return {
    family: name,
    image: imageRules(family),
    mask,
    files: Object.fromEntries(Object.entries(files).filter(([, rules]) => rules.length > 0)),
    conflicts,
    ...(notice !== undefined && { notice }),
    ...(urlLifetimeSeconds !== undefined && { urlLifetimeSeconds }),
    fields: Object.fromEntries(fields),
  };
}

/** Prints a family whole, or as what sets it apart from an earlier one: most of them share most of their rules. */
function printFamily(family: FamilyData, earlier: readonly FamilyData[]): string {
  const printed = [
    printMembers(family, undefined),
    ...earlier.filter((base) => holds(family, base)).map((base) => printMembers(family, base)),
  ];
  return printed.reduce((shortest, one) => (one.length < shortest.length ? one : shortest));
}

/** Whether all that the base has is there to be replaced: a spread cannot take away. */
function holds(family: FamilyData, base: FamilyData): boolean {
  const has = (all: object, some: object): boolean => Object.keys(some).every((key) => key in all);
  return has(family, base) && has(family.fields, base.fields);
}

function printMembers({ fields, ...rest }: FamilyData, base: FamilyData | undefined): string {
  const differing = (all: object, known: object = {}): [string, string][] => {
    const before = new Map(Object.entries(known).map(([key, value]) => [key, printLiteral(value)]));
    return Object.entries(all)
      .map(([key, value]): [string, string] => [key, printLiteral(value)])
      .filter(([key, value]) => before.get(key) !== value);
  };
  const lines = (entries: [string, string][], indent: string): string[] =>
    entries.map(([key, value]) => `${indent}${printKey(key)}: ${value},`);
  const ownFields = differing(fields, base?.fields);
  const name = String(rest["family"]);
  // A call that is marked as pure is left out of a page that needs no limits; a spread never is.
  const [open, close] = base ? [`/* @__PURE__ */ derive(${String(base["family"])}, {`, "})"] : ["{", "}"];
  return [
    `const ${name}: FamilyLimits = ${open}`,
    ...lines(differing(rest, base), "  "),
    ...(base && ownFields.length === 0 ? [] : ["  fields: {", ...lines(ownFields, "    "), "  },"]),
    `${close};`,
  ].join("\n");
}

/** Writes the client's `endpoint.gen.ts`: the address alone, which a page needs before it needs any limit. */
export function emitEndpoint(spec: Spec): string {
  return `${generatedHeader("emit/emit-limits.ts", "spec/openapi.yaml")}/** The server of the spec, the default server of a client. */
export const defaultBaseUrl = ${JSON.stringify(spec.baseUrl)};
/** The path of the operation, from the server's root. */
export const editPath = ${JSON.stringify(spec.path)};
/** The path without its version. */
export const unversionedPath = ${JSON.stringify(spec.path.slice(versionOf(spec.path).length))};
`;
}

/** Returns the version that a path begins with, such as `/v1`; an empty text if it has none. */
function versionOf(path: string): string {
  return /^\/v\d\w*(?=\/)/.exec(path)?.[0] ?? "";
}

/** Matches the version of a path, with or without the rest; of a path without a version, all of it. */
export function pathEnd(path: string): string {
  const version = versionOf(path);
  const [first, rest] = [version, path.slice(version.length)].map((part) =>
    part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"),
  );
  return version === "" ? `${rest}$` : `${first}(?:${rest})?$`;
}

/** Writes the client's `limits.gen.ts`: what preflight, the docs and a page's selects read. */
export function emitLimits(spec: Spec): string {
  const shutdowns = spec.families.flatMap((family) => family.shutdowns);
  const families = spec.families.map((family) => familyData(spec, family));
  const named = spec.models.filter(({ snapshotOf }) => snapshotOf === undefined);
  const shutModels = [...new Set(shutdowns.map(({ model }) => model))];
  return `${generatedHeader("emit/emit-limits.ts", "spec/openapi.yaml")}import type { FamilyLimits, Shutdown } from "../models/limit-types.ts";

/** Every field of the form, in the order of the spec. */
export const fieldNames = ${printLiteral(spec.fields.map((field) => field.name))} as const;
/** The fields that are one file each. */
export const fileFields: readonly string[] = ${printLiteral(spec.fields.filter(({ type }) => type === "file").map(({ name }) => name))};
/** Every model whose limits are known. Any other name is sent unchanged. */
export const modelNames = ${printLiteral(spec.models.map(({ name }) => name))} as const;

export const familyOfModel: Readonly<Record<string, string>> = {
${named.map(({ name, family }) => `  ${printKey(name)}: ${JSON.stringify(family.name)},`).join("\n")}
};

/** The end of a name that makes it a dated snapshot of the model named before it, with that model's limits. */
export const snapshotPattern = ${printPattern(spec.snapshotPattern)};

export const fallbackFamily = ${JSON.stringify(spec.fallback.name)};

export const shutdowns: Readonly<Record<string, readonly Shutdown[]>> = {
${shutModels
  .map(
    (model) =>
      `  ${printKey(model)}: ${printLiteral(
        shutdowns.filter((one) => one.model === model).map(({ model: _model, ...shutdown }) => shutdown),
      )},`,
  )
  .join("\n")}
};

/** Returns a family that differs from another in a few rules. */
function derive(base: FamilyLimits, { fields, ...own }: Partial<FamilyLimits>): FamilyLimits {
  return { ...base, ...own, fields: { ...base.fields, ...fields } };
}

${families.map((family, at) => printFamily(family, families.slice(0, at))).join("\n\n")}

export const families: Readonly<Record<string, FamilyLimits>> = {
${spec.families.map(({ name }) => `  ${printKey(name)},`).join("\n")}
};
`;
}
