import type { PriceRow } from "../read/read-prices.ts";
import type { JsonObject, Spec } from "../spec-types.ts";
import { generatedHeader } from "./generated-header.ts";
import { printKey } from "./print-literal.ts";
import { printShared, sharedParts } from "./print-shared.ts";

/** Writes the client's `prices.gen.ts` from the rows of `spec/prices.yaml`. */
export function emitPrices(prices: ReadonlyMap<string, PriceRow>, spec: Spec): string {
  // How input tokens are counted matters to the mock only; the most of them is what an estimate needs.
  const printed = new Map([...prices.values()].map((row) => [row, withoutInputImage(row)]));
  const models = new Map([...prices].map(([model, row]) => [model, printed.get(row) as JsonObject]));
  const shared = sharedParts(models, (model) => spec.models.some(({ snapshotOf }) => snapshotOf === model));
  const rows = [...models].flatMap(([model, row]) => {
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

function withoutInputImage({ inputImage: _, ...row }: PriceRow): JsonObject {
  return row as unknown as JsonObject;
}
