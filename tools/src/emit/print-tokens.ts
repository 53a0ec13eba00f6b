import type { PriceRow, TokenTable } from "../read/read-prices.ts";
import type { JsonObject } from "../spec-types.ts";
import { printKey } from "./print-literal.ts";
import { printShared, sharedParts } from "./print-shared.ts";

/** Prints the tokens of every model with a price. Any other model counts as the first of them. */
export function printTokens(prices: ReadonlyMap<string, PriceRow>): string {
  const facts = new Map([...new Set(prices.values())].map((row) => [row, tokensOf(row)]));
  const rows = new Map([...prices].map(([model, row]) => [model, facts.get(row) as JsonObject]));
  const shared = sharedParts(rows);
  const consts = [...shared].map(
    ([part, name]) => `const ${name} = ${printShared(part, shared, part)} as const;\n`,
  );
  const printed = [...rows].map(([model, row]) => `  ${printKey(model)}: ${printShared(row, shared)},\n`);
  const [first = ""] = rows.keys();
  return `${consts.join("")}
/** From spec/prices.yaml, without dated snapshots. */
export const modelTokens: Readonly<Record<string, TokenFacts>> = {
${printed.join("")}};
/** The model whose tokens count for one without any. */
export const usualModel = ${JSON.stringify(first)};
`;
}

/** Returns the tokens of a row. What is observed is good enough for a mock, and dollars are tokens at the row's rate. */
function tokensOf(row: PriceRow): JsonObject {
  const { outputTokens, observedOutputTokens, outputUsd, inputImage, partialImageTokens } = row;
  const rate = row.perMillionTokens["imageOutput"];
  const made =
    outputTokens ?? observedOutputTokens ?? (rate === undefined ? undefined : usdToTokens(outputUsd, rate));
  // Absent members are not printed; the others stay the objects that rows share.
  return { outputTokens: made, inputImage, partialImageTokens } as unknown as JsonObject;
}

function usdToTokens(table: TokenTable | undefined, rate: number): TokenTable | undefined {
  if (table === undefined) return undefined;
  const tokens = Object.entries(table).map(([quality, sizes]) => [
    quality,
    Object.fromEntries(
      Object.entries(sizes).map(([size, usd]) => [size, Math.round((usd * 1_000_000) / rate)]),
    ),
  ]);
  return Object.fromEntries(tokens);
}
