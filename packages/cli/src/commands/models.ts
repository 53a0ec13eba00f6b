import { limitsOf, type Rates, ratesOf } from "@retouch/client/node";
import type { CommandContext } from "../arguments/command-context.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { didYouMean } from "../errors/did-you-mean.ts";
import { type KnownModel, specFields, specModels } from "../generated/fields.gen.ts";
import { formatPairs, formatTable, wrapText } from "../terminal/format-table.ts";

/** A label and its text. */
type Pair = readonly [string, string];

interface ModelSummary {
  readonly name: string;
  readonly description: string;
  /** Its dated snapshots, which have its limits and its price. */
  readonly snapshots: readonly string[];
  readonly maxImages: number | undefined;
  readonly imageFormats: readonly string[];
  readonly maxPromptLength: number | undefined;
  readonly sizes: readonly string[];
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly refused: readonly string[];
  readonly shutdowns: readonly {
    readonly host: string;
    readonly date: string;
    readonly replacements: readonly string[];
  }[];
  /** Absent when no price is known. */
  readonly price: Rates | undefined;
}

function summarize({ name, description }: KnownModel): ModelSummary {
  const limits = limitsOf(name);
  const valuesOf = (field: string) =>
    specFields.find((spec) => spec.name === field)?.valuesByModel[name] ?? [];
  const size = limits.fields["size"]?.find((rule) => rule.size !== undefined)?.size;
  const free = size === undefined ? [] : [`any multiple of ${size.multipleOf} up to ${size.maxEdgePx}`];
  const listed = specFields.filter((field) => field.name !== "size" && valuesOf(field.name).length > 0);
  return {
    name,
    description,
    snapshots: specModels.filter(({ snapshotOf }) => snapshotOf === name).map((snapshot) => snapshot.name),
    maxImages: limits.image.find((rule) => rule.maxCount !== undefined)?.maxCount,
    imageFormats: limits.image.find((rule) => rule.mediaTypes !== undefined)?.mediaTypes ?? [],
    maxPromptLength: limits.fields["prompt"]?.find((rule) => rule.maxLength !== undefined)?.maxLength,
    sizes: [...valuesOf("size"), ...free],
    fields: Object.fromEntries(listed.map((field) => [field.name, valuesOf(field.name)])),
    refused: specFields.filter(({ refusedBy }) => refusedBy.includes(name)).map((field) => field.name),
    shutdowns: limits.shutdowns,
    price: ratesOf(name),
  };
}

/** Runs `retouch models`: prints the generated limits, without the network. */
export async function runModels({ parsed, terminal, json }: CommandContext): Promise<number> {
  const [asked] = parsed.operands;
  const names = specModels.map(({ name }) => name);
  if (asked !== undefined && !names.includes(asked)) {
    throw usageError(
      `\`${asked}\` is not a known model.${didYouMean(asked, names)} Any name can be sent, but its limits are then not checked.`,
    );
  }
  // A list folds the snapshots into their models: they would say the same again.
  const shown = specModels
    .filter(({ name, snapshotOf }) => (asked === undefined ? snapshotOf === undefined : name === asked))
    .map(summarize);
  if (json) {
    terminal.data(JSON.stringify({ models: shown }, null, 2));
    return exitCodes.ok;
  }
  const [only] = shown;
  const { columns } = terminal.out;
  const lines =
    asked !== undefined && only !== undefined
      ? formatPairs(detailRows(only), columns)
      : formatTable(summaryRows(shown), columns);
  for (const line of lines) terminal.data(line);
  if (asked === undefined)
    for (const line of wrapText(snapshotNote, terminal.err.columns)) terminal.note(line);
  return exitCodes.ok;
}

function summaryRows(models: readonly ModelSummary[]): string[][] {
  return [
    ["MODEL", "IMAGES", "SIZES", "USD/1M OUT", "ENDS"],
    ...models.map(({ name, snapshots, maxImages, sizes, price, shutdowns }) => [
      [name, ...snapshots.map((snapshot) => snapshot.slice(name.length))].join(", "),
      maxImages === undefined ? "any" : maxImages === 1 ? "1" : `1-${maxImages}`,
      sizes.length === 0 ? "any" : sizes.join(" "),
      String(price?.perMillionTokens?.imageOutput ?? "unknown"),
      shutdowns.map(({ host, date }) => `${date} at ${host}`).join(" "),
    ]),
  ];
}

const snapshotNote =
  "A dated snapshot, NAME-DATE, has the limits and the price of NAME: the known dates are in its row. `retouch models NAME` prints everything.";

function detailRows(model: ModelSummary): Pair[] {
  return [
    ["model", model.name],
    ...(model.snapshots.length > 0 ? [["snapshots", model.snapshots.join(", ")] satisfies Pair] : []),
    ["about", model.description],
    ["images", `${model.maxImages ?? "any"} at most: ${model.imageFormats.join(", ")}`],
    [
      "prompt",
      model.maxPromptLength === undefined ? "any length" : `${model.maxPromptLength} characters at most`,
    ],
    ["size", model.sizes.join(", ") || "any"],
    ...Object.entries(model.fields).map(([name, values]): Pair => [name, values.join(", ")]),
    ["refused", model.refused.join(", ") || "nothing"],
    ...priceRows(model.price),
    ...model.shutdowns.map(
      ({ host, date, replacements }): Pair => [
        "ends",
        `${date} at ${host}${replacements.length > 0 ? `, use ${replacements.join(" or ")}` : ""}`,
      ],
    ),
  ];
}

/** Returns what a model costs: by the tokens, and one output image by quality and size where that is known. */
function priceRows(price: Rates | undefined): Pair[] {
  const rates = price?.perMillionTokens;
  if (!rates) return [["price", "unknown"]];
  const { textInput, imageInput, imageOutput } = rates;
  const perToken = `USD per 1M tokens: text in ${textInput}, image in ${imageInput}, image out ${imageOutput}`;
  const byTokens = tableRows(price.outputTokens, (tokens) => (tokens * imageOutput) / 1_000_000);
  return [["price", perToken], ...byTokens, ...tableRows(price.outputUsd, (usd) => usd)];
}

function tableRows(table: Rates["outputTokens"], toUsd: (value: number) => number): Pair[] {
  return Object.entries(table ?? {}).map(
    ([quality, sizes]): Pair => [
      `USD, ${quality}`,
      Object.entries(sizes)
        .map(([size, value]) => `${size} ${toUsd(value).toFixed(3)}`)
        .join(", "),
    ],
  );
}
