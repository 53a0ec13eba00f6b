import { generatedHeader } from "./generated-header.ts";
import { printKey, printLiteral } from "./print-literal.ts";
import type { Family, Rule, Spec } from "./spec-types.ts";

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
    ...family.image,
  ];
}

function printFamily(spec: Spec, family: Family): string {
  const fields = spec.fields.flatMap((field) => {
    const rules = (family.rules.get(field.name) ?? []).map(fieldRule).filter((rule) => rule !== undefined);
    return rules.length === 0 ? [] : [`      ${printKey(field.name)}: ${printLiteral(rules)},`];
  });
  const lines = [
    `  ${printKey(family.name)}: {`,
    `    family: ${JSON.stringify(family.name)},`,
    "    fields: {",
    ...fields,
    "    },",
    `    image: ${printLiteral(imageRules(family))},`,
    `    mask: ${printLiteral(family.mask)},`,
    `    conflicts: ${printLiteral(family.conflicts)},`,
  ];
  if (family.notice !== undefined) lines.push(`    notice: ${JSON.stringify(family.notice)},`);
  if (family.urlLifetimeSeconds !== undefined)
    lines.push(`    urlLifetimeSeconds: ${family.urlLifetimeSeconds},`);
  return [...lines, "  },"].join("\n");
}

/** Writes the client's `limits.gen.ts`: what preflight, the docs and a page's selects read. */
export function emitLimits(spec: Spec): string {
  const shutdowns = spec.families.flatMap((family) => family.shutdowns);
  const shutModels = [...new Set(shutdowns.map(({ model }) => model))];
  return `${generatedHeader("emit-limits.ts", "spec/openapi.yaml")}import type { FamilyLimits, Shutdown } from "../limits.ts";

/** The server of the spec, which a client talks to unless told otherwise. */
export const defaultBaseUrl = ${JSON.stringify(spec.baseUrl)};
/** The path of the operation, from the server's root. */
export const editPath = ${JSON.stringify(spec.path)};
/** Every field of the form, in the order of the spec. */
export const fieldNames = ${printLiteral(spec.fields.map((field) => field.name))} as const;
/** Every model whose limits are known. */
export const modelNames = ${printLiteral(spec.models.map(({ name }) => name))} as const;

export const familyOfModel: Readonly<Record<string, string>> = {
${spec.models.map(({ name, family }) => `  ${printKey(name)}: ${JSON.stringify(family.name)},`).join("\n")}
};

export const fallbackFamily = ${JSON.stringify(spec.fallback.name)};

export const shutdowns: Readonly<Record<string, readonly Shutdown[]>> = {
${shutModels
  .map(
    (model) =>
      `  ${printKey(model)}: ${printLiteral(
        shutdowns.filter((one) => one.model === model).map(({ host, date }) => ({ host, date })),
      )},`,
  )
  .join("\n")}
};

export const families: Readonly<Record<string, FamilyLimits>> = {
${spec.families.map((family) => printFamily(spec, family)).join("\n")}
};
`;
}
