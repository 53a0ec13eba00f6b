import { parseObject } from "../document/parse-object.ts";
import { isObject, objectAt, stringAt } from "../json.ts";
import type { Json, JsonObject, Spec } from "../spec-types.ts";
import { generatedHeader } from "./generated-header.ts";
import { printKey, printLiteral } from "./print-literal.ts";

/** Writes the client's `prices.gen.ts` from the dated table of `spec/prices.yaml`. */
export function emitPrices(pricesText: string, spec: Spec): string {
  const table = parseObject(pricesText, "spec/prices.yaml");
  const currency = stringAt(table, "currency");
  if (currency !== "USD")
    throw new Error("spec/prices.yaml has another `currency` than USD, which nothing reads yet.");
  const shared = sharedParts(objectAt(table, "models"), (model) =>
    Object.values(spec.families).some(({ snapshots }) => (snapshots[model] ?? []).length > 0),
  );
  const rows = Object.entries(objectAt(table, "models")).flatMap(([model, row]) => {
    if (!spec.models.some(({ name, snapshotOf }) => name === model && snapshotOf === undefined)) {
      throw new Error(
        `spec/prices.yaml prices \`${model}\`, which is not a model of the spec. Fix the name.`,
      );
    }
    const rates = Object.values(objectAt(row, "perMillionTokens"));
    if (!stringAt(row, "asOf") || !stringAt(row, "source") || rates.length === 0 || !rates.every(isRate)) {
      throw new Error(
        `The price of \`${model}\` needs \`asOf\`, \`source\` and \`perMillionTokens\` in spec/prices.yaml.`,
      );
    }
    const names = spec.models.filter(({ name, snapshotOf = name }) => snapshotOf === model);
    return names.map(({ name }) => `  ${printKey(name)}: ${printShared(row, shared)},\n`);
  });
  const consts = [...shared].map(
    ([part, name]) => `const ${name} = ${printShared(part, shared, part)} as const;\n`,
  );
  return `${generatedHeader("emit/emit-prices.ts", "spec/prices.yaml")}
/**
 * The price of one model: US dollars for a million tokens, and the tokens of one output image.
 */
export interface ModelPrice {
  /** The day on which the price was read. */
  readonly asOf: string;
  readonly source: string;
  /** The host that charges it; others charge differently. */
  readonly host?: string;
  readonly perMillionTokens: {
    readonly textInput: number;
    readonly cachedTextInput?: number;
    readonly imageInput: number;
    readonly cachedImageInput?: number;
    readonly imageOutput: number;
  };
  /** By quality, then by size. */
  readonly outputTokens?: TokenTable;
  /** By quality: the most tokens of an image, whatever its size. */
  readonly mostOutputTokens?: Readonly<Record<string, number>>;
  /** Observed tokens, which no vendor promises: not a base for a budget. */
  readonly observedOutputTokens?: TokenTable;
  /** Dollars of one image by quality, then by size, where the maker's page names them instead of tokens. */
  readonly outputUsd?: TokenTable;
  /** The most tokens of one image sent, by input_fidelity. */
  readonly inputImageTokens?: Readonly<Record<string, number>>;
  /** The tokens of each partial image of a stream. */
  readonly partialImageTokens?: number;
}

type TokenTable = Readonly<Record<string, Readonly<Record<string, number>>>>;

${consts.join("")}
/**
 * Known prices by model, their dated snapshots among them. A model that is missing has no known price.
 */
export const prices: Readonly<Record<string, ModelPrice>> = {
${rows.join("")}};
`;
}

/** Finds the parts that stand in several places, innermost first, and names each: YAML's aliases, rows with snapshots. */
function sharedParts(models: JsonObject, hasSnapshots: (model: string) => boolean): Map<Json, string> {
  const counts = new Map<Json, number>();
  const visit = (value: Json): void => {
    if (!isObject(value)) return;
    const seen = counts.get(value) ?? 0;
    if (seen === 0) for (const member of Object.values(value)) visit(member);
    counts.set(value, seen + 1);
  };
  for (const [model, row] of Object.entries(models)) {
    visit(row);
    if (hasSnapshots(model)) visit(row);
  }
  const repeated = [...counts].filter(([, count]) => count > 1);
  return new Map(repeated.map(([part], index) => [part, `shared${index + 1}`]));
}

/** Prints a value; what is shared stands there by its name, but for `self`. */
function printShared(value: Json, shared: ReadonlyMap<Json, string>, self?: Json): string {
  const name = value === self ? undefined : shared.get(value);
  if (name !== undefined) return name;
  if (!isObject(value)) return printLiteral(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${printKey(key)}: ${printShared(member, shared, self)}`,
  );
  return `{ ${members.join(", ")} }`;
}

const isRate = (value: unknown) => typeof value === "number" && value >= 0;
