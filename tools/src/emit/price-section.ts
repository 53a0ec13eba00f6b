import type { PriceRow, TokenTable } from "../read/read-prices.ts";
import { markdownTable } from "./markdown-table.ts";

/** Writes the prices of `docs/models.md`: the rates of each model, and what one image costs. */
export function priceSection(prices: ReadonlyMap<string, PriceRow>): string {
  const rates = [...prices].map(([model, row]) => [
    `\`${model}\``,
    ...[
      ["textInput", "cachedTextInput"],
      ["imageInput", "cachedImageInput"],
      ["imageOutput", undefined],
    ].map(([rate = "", cached]) => rateText(row, rate, cached)),
    row.host ?? "",
    row.asOf,
    row.source,
  ]);
  const images = [...prices].flatMap(([model, row]) => imageRows(model, row));
  return [
    "## Prices",
    "US dollars for a million tokens, as the maker charges them. Other servers charge differently: pass your own rates. A dated " +
      "snapshot costs what its model costs. A model that is not listed has no known price.",
    markdownTable(
      ["model", "text in (cached)", "image in (cached)", "image out", "charged by", "read on", "source"],
      rates,
    ),
    "One image in US dollars, without the prompt and the images sent. More pixels can cost fewer tokens, so there is no formula. A " +
      "quality that is not sent counts as the dearest. Prices that were only observed are not used for budgets.",
    markdownTable(["model", "quality", "one image", "any other size"], images),
  ].join("\n\n");
}

function rateText({ perMillionTokens }: PriceRow, rate: string, cached: string | undefined): string {
  const [usual, reused] = [
    perMillionTokens[rate],
    cached === undefined ? undefined : perMillionTokens[cached],
  ];
  if (usual === undefined) return "unknown";
  return reused === undefined ? `${usual}` : `${usual} (${reused})`;
}

function imageRows(model: string, row: PriceRow): string[][] {
  const perToken = (row.perMillionTokens["imageOutput"] ?? Number.NaN) / 1_000_000;
  const tables: [TokenTable | undefined, number, string][] = [
    [row.outputTokens, perToken, ""],
    [row.outputUsd, 1, ""],
    [row.observedOutputTokens, perToken, ", observed"],
  ];
  const rows = tables.flatMap(([table = {}, factor, remark]) =>
    Object.entries(table).map(([quality, sizes]) => [
      `\`${model}\``,
      `\`${quality}\`${remark}`,
      Object.entries(sizes)
        .map(([size, value]) => `${size}: ${usdText(value * factor)}`)
        .join(", "),
      atMost(row.mostOutputTokens?.[quality], perToken),
    ]),
  );
  return rows.length === 0 ? [[`\`${model}\``, "any", "unknown", "unknown"]] : rows;
}

function atMost(tokens: number | undefined, perToken: number): string {
  return tokens === undefined ? "unknown" : `at most ${usdText(tokens * perToken)}`;
}

const usdText = (usd: number) => usd.toFixed(3);
