import type { Rule, Spec, SpecField } from "../spec-types.ts";
import { firstSentence } from "./first-sentence.ts";
import { generatedHeader } from "./generated-header.ts";
import { printLiteral } from "./print-literal.ts";

/** Writes the command line's `fields.gen.ts`: a flag for every field, and the models that help lists. */
export function emitCli(spec: Spec, flags: ReadonlyMap<string, string>): string {
  const fields = spec.fields.map(
    (field) => `  ${printLiteral(describeField(spec, field, flags.get(field.name) ?? ""))},\n`,
  );
  const models = spec.models.map(
    ({ name, family, snapshotOf }) =>
      `  ${printLiteral({ name, family: family.name, description: family.description, notice: family.notice, snapshotOf })},\n`,
  );
  return `${generatedHeader("emit/emit-cli.ts", "spec/openapi.yaml")}
/**
 * One field of the form as a flag.
 */
export interface FieldFlag {
  /** The spec's name: \`response_format\`, \`svg[model]\`. */
  readonly name: string;
  /** The flag: \`--response-format\`, or \`-n\` for a field of one letter; with a suffix where the name was taken. */
  readonly flag: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "file" | "files";
  /** One sentence for \`--help\`. */
  readonly description: string;
  readonly required: boolean;
  /** Every value that some model lists; an unknown model may take others. */
  readonly values?: readonly string[];
  /** The values that one model takes, where they are listed. */
  readonly valuesByModel: Readonly<Record<string, readonly string[]>>;
  /** Models that refuse the field. */
  readonly refusedBy: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/**
 * One known model.
 */
export interface KnownModel {
  readonly name: string;
  readonly family: string;
  readonly description: string;
  readonly notice?: string;
  /** The model that this one is a dated snapshot of. */
  readonly snapshotOf?: string;
}

export const specFields: readonly FieldFlag[] = [
${fields.join("")}];

export const specModels: readonly KnownModel[] = [
${models.join("")}];
`;
}

function describeField(spec: Spec, field: SpecField, flag: string): object {
  const rulesOf = new Map<string, Rule[]>(
    spec.models.map(({ name, family }) => [name, family.rules.get(field.name) ?? []]),
  );
  const everyRule = spec.families.flatMap((family) => family.rules.get(field.name) ?? []);
  const listed = everyRule.flatMap((rule) => rule.enum ?? []).map(String);
  const values = field.name === "model" ? spec.models.map(({ name }) => name) : [...new Set(listed)];
  const lowest = everyRule.flatMap((rule) => rule.minimum ?? []);
  const highest = everyRule.flatMap((rule) => rule.maximum ?? []);
  return {
    name: field.name,
    flag,
    type: field.type,
    description: firstSentence(field.description),
    required: field.required,
    values: values.length === 0 ? undefined : values,
    valuesByModel: Object.fromEntries(
      [...rulesOf].flatMap(([model, rules]) => {
        // What is refused and what is only warned of can be listed apart, with values in common.
        const own = [...new Set(rules.flatMap((rule) => rule.enum ?? []).map(String))];
        return own.length === 0 ? [] : [[model, own]];
      }),
    ),
    refusedBy: [...rulesOf]
      .filter(([, rules]) => rules.some((rule) => rule.severity === "error" && rule.refused))
      .map(([model]) => model),
    minimum: lowest.length === 0 ? undefined : Math.min(...lowest),
    maximum: highest.length === 0 ? undefined : Math.max(...highest),
  };
}
