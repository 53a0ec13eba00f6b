import { parseObject } from "../document/parse-object.ts";
import { objectAt, stringAt } from "../json.ts";
import type { Json, JsonObject, Spec } from "../spec-types.ts";

/** One row of `spec/prices.yaml`. What several rows share is the same object in each. */
export interface PriceRow {
  asOf: string;
  source: string;
  host?: string;
  perMillionTokens: Record<string, number>;
  outputTokens?: TokenTable;
  mostOutputTokens?: Record<string, number>;
  observedOutputTokens?: TokenTable;
  outputUsd?: TokenTable;
  inputImage?: InputImageTokens;
  /** The most tokens of one image sent, by input_fidelity: follows from `inputImage`. */
  inputImageTokens?: Record<string, number>;
  partialImageTokens?: number;
}

/** Values by quality, then by size. */
export type TokenTable = Record<string, Record<string, number>>;

/** How the tokens of an image sent are counted: by tiles, or by patches. */
interface InputImageTokens {
  /** Tokens of any image, and of each tile once its short side is scaled to the edge of one. */
  tokens?: number;
  tilePx?: number;
  tileTokens?: number;
  mostTiles?: number;
  /** Tokens that a high input_fidelity adds, at most. */
  highFidelityTokens?: number;
  /** One token for each square patch of this edge. */
  patchPx?: number;
  mostPatches?: number;
}

/** Reads `spec/prices.yaml`, by the names of models without their snapshots. */
export function readPrices(text: string, spec: Spec): Map<string, PriceRow> {
  const table = parseObject(text, "spec/prices.yaml");
  const currency = stringAt(table, "currency");
  if (currency !== "USD")
    throw new Error("spec/prices.yaml has another `currency` than USD, which nothing reads yet.");
  const most = new Map<Json, JsonObject>();
  const rows = new Map<Json, PriceRow>();
  const readRow = (model: string, row: JsonObject): PriceRow => {
    const rates = Object.values(objectAt(row, "perMillionTokens"));
    if (!stringAt(row, "asOf") || !stringAt(row, "source") || rates.length === 0 || !rates.every(isRate)) {
      throw new Error(
        `The price of \`${model}\` needs \`asOf\`, \`source\` and \`perMillionTokens\` in spec/prices.yaml.`,
      );
    }
    const input = row["inputImage"];
    if (input === undefined) return row as unknown as PriceRow;
    const tokens = most.get(input) ?? mostInputTokens(model, input as InputImageTokens);
    most.set(input, tokens);
    return { ...row, inputImageTokens: tokens } as unknown as PriceRow;
  };
  return new Map(
    Object.entries(objectAt(table, "models")).map(([model, row]) => {
      if (!spec.models.some(({ name, snapshotOf }) => name === model && snapshotOf === undefined)) {
        throw new Error(
          `spec/prices.yaml prices \`${model}\`, which is not a model of the spec. Fix the name.`,
        );
      }
      const read = rows.get(row) ?? readRow(model, objectAt(row));
      rows.set(row, read);
      return [model, read];
    }),
  );
}

const isRate = (value: unknown) => typeof value === "number" && value >= 0;

function mostInputTokens(model: string, input: InputImageTokens): JsonObject {
  const { tokens, tilePx, tileTokens, mostTiles, highFidelityTokens, patchPx, mostPatches } = input;
  if (patchPx !== undefined && mostPatches !== undefined) return { low: mostPatches };
  if (tokens === undefined || tilePx === undefined || tileTokens === undefined || mostTiles === undefined) {
    throw new Error(
      `\`inputImage\` of \`${model}\` needs \`patchPx\` and \`mostPatches\`, or \`tokens\`, \`tilePx\`, \`tileTokens\` and \`mostTiles\`. Fix spec/prices.yaml.`,
    );
  }
  const low = tokens + tileTokens * mostTiles;
  return highFidelityTokens === undefined ? { low } : { low, high: low + highFidelityTokens };
}
