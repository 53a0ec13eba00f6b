import { parseObject } from "./build-spec.ts";
import { generatedHeader } from "./generated-header.ts";
import { objectAt, stringAt } from "./json.ts";
import { printKey, printLiteral } from "./print-literal.ts";
import type { Spec } from "./spec-types.ts";

/** Writes the client's `prices.gen.ts` from the dated table of `spec/prices.yaml`. */
export function emitPrices(pricesText: string, spec: Spec): string {
  const table = parseObject(pricesText, "spec/prices.yaml");
  const currency = stringAt(table, "currency");
  if (currency !== "USD")
    throw new Error("spec/prices.yaml has another `currency` than USD, which nothing reads yet.");
  const rows = Object.entries(objectAt(table, "models")).map(([model, row]) => {
    if (!spec.models.some(({ name }) => name === model)) {
      throw new Error(`spec/prices.yaml prices \`${model}\`, which is no model of the spec. Mend the name.`);
    }
    const rates = Object.values(objectAt(row, "perMillionTokens"));
    if (!stringAt(row, "asOf") || !stringAt(row, "source") || rates.length === 0 || !rates.every(isRate)) {
      throw new Error(
        `The price of \`${model}\` needs \`asOf\`, \`source\` and \`perMillionTokens\` in spec/prices.yaml.`,
      );
    }
    return `  ${printKey(model)}: ${printLiteral(row)},\n`;
  });
  return `${generatedHeader("emit-prices.ts", "spec/prices.yaml")}
/**
 * The price of one model: US dollars for a million tokens, and the tokens of one output image.
 */
export interface ModelPrice {
  /** The day on which somebody read the price. */
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
  readonly outputTokens?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The most tokens of one image sent, by input_fidelity. */
  readonly inputImageTokens?: Readonly<Record<string, number>>;
  /** The tokens of each unfinished image of a stream. */
  readonly partialImageTokens?: number;
}

/**
 * Known prices by model. A model that is missing has no known price.
 */
export const prices: Readonly<Record<string, ModelPrice>> = {
${rows.join("")}};
`;
}

const isRate = (value: unknown) => typeof value === "number" && value >= 0;
