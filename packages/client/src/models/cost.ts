import type { Usage } from "../edit-result.ts";
import { prices } from "../generated/prices.gen.ts";

/** The prices of a server, in US dollars: per token, or per image as many resellers charge. */
export interface Rates {
  /** The price of each image made. If given, tokens are not counted. */
  readonly perImage?: number | undefined;
  readonly perMillionTokens?:
    | { readonly textInput: number; readonly imageInput: number; readonly imageOutput: number }
    | undefined;
  /** The tokens of an image made, by quality, then by size. */
  readonly outputTokens?: Readonly<Record<string, Readonly<Record<string, number>>>> | undefined;
  /** The price of an image made, by quality, then by size, where it is known instead of the tokens. */
  readonly outputUsd?: Readonly<Record<string, Readonly<Record<string, number>>>> | undefined;
  /** The most tokens of an image made, by quality, for a size that is `auto` or not in the table. */
  readonly mostOutputTokens?: Readonly<Record<string, number>> | undefined;
  /** The most tokens of an image sent, by `input_fidelity`. */
  readonly inputImageTokens?: Readonly<Record<string, number>> | undefined;
  /** The tokens of each partial image of a stream. */
  readonly partialImageTokens?: number | undefined;
}

/** The parameters that an estimate depends on; the parameters of `edit` are assignable. */
export interface CostParams {
  /** The model, whose rates and tokens count. */
  readonly model?: string | undefined;
  /** The prompt. Each of its bytes counts as a token, which is the most that it can have. */
  readonly prompt?: string | undefined;
  /** The input images. Each counts as the largest that the model reads. */
  readonly image?: unknown;
  /** The mask, if there is one. */
  readonly mask?: unknown;
  /** The markup, if there is one. */
  readonly markup?: unknown;
  /** How many images the model makes; 1 by default. */
  readonly n?: number | undefined;
  /** The quality. Without one, the most expensive counts. */
  readonly quality?: string | undefined;
  /** The size. Without one, the most expensive counts. */
  readonly size?: string | undefined;
  /** How closely the model looks at the input. */
  readonly input_fidelity?: string | undefined;
  /** How many partial images a stream sends. */
  readonly partial_images?: number | undefined;
}

/**
 * Returns the documented, dated rates of a model from `spec/prices.yaml`, or `undefined`. Resellers charge differently:
 * pass their rates yourself.
 */
export function ratesOf(model: string | undefined): Rates | undefined {
  return model !== undefined && Object.hasOwn(prices, model) ? prices[model] : undefined;
}

/**
 * Returns the most that an edit can cost, in US dollars, or `undefined` if anything that it depends on is unknown.
 * For `auto`, the most expensive value is assumed. A token of the prompt has at least one byte.
 *
 * @param attempts how many times the edit may be billed: 1 for `edit`, which never retries an edit that may have been
 * billed; more if you retry edits with the outcome `unknown`
 * @example
 * const usd = estimateCost({ model: "gpt-image-1", image, prompt, quality: "low", size: "1024x1024" });
 */
export function estimateCost(
  params: CostParams,
  rates: Rates | undefined = ratesOf(params.model),
  attempts = 1,
): number | undefined {
  const n = params.n ?? 1;
  if (rates?.perImage !== undefined) return rates.perImage * n * attempts;
  const perToken = rates?.perMillionTokens;
  const made = outputUsd(params, rates);
  const sent = inputTokens(params, rates);
  if (!perToken || made === undefined || sent === undefined) return undefined;
  const text = new TextEncoder().encode(params.prompt ?? "").length;
  const usd = text * perToken.textInput + sent * perToken.imageInput + made * n * 1_000_000;
  return (usd / 1_000_000) * attempts;
}

/**
 * Returns the cost of an edit, in US dollars: the server's own figure, or else the price of the tokens that it used, or
 * `undefined` if usage or rates are unknown. Input tokens that the server did not split into text and images count at the
 * higher rate.
 *
 * @example
 * const usd = costOf(result.usage, { perMillionTokens: { textInput: 5, imageInput: 10, imageOutput: 40 } });
 */
export function costOf(usage: Usage | undefined, rates: Rates | undefined): number | undefined {
  if (usage?.costUsd !== undefined) return usage.costUsd;
  const perToken = rates?.perMillionTokens;
  const { inputTokens: input, outputTokens: output, inputTextTokens = 0, inputImageTokens = 0 } = usage ?? {};
  if (!perToken || input === undefined || output === undefined) return undefined;
  const unsplit = Math.max(0, input - inputTextTokens - inputImageTokens);
  const usd =
    inputTextTokens * perToken.textInput +
    inputImageTokens * perToken.imageInput +
    unsplit * Math.max(perToken.textInput, perToken.imageInput) +
    output * perToken.imageOutput;
  return usd / 1_000_000;
}

/** Returns the most that one image made can cost, its partial images included. */
function outputUsd(params: CostParams, rates: Rates | undefined): number | undefined {
  const perToken = (rates?.perMillionTokens?.imageOutput ?? Number.NaN) / 1_000_000;
  // Without a known count of tokens, partial images make the total unknown.
  const partials = params.partial_images ?? 0;
  const partialTokens = partials === 0 ? 0 : partials * (rates?.partialImageTokens ?? Number.NaN);
  const { outputTokens, outputUsd, mostOutputTokens } = rates ?? {};
  const tokens = outputTokens && dearest(params, outputTokens, mostOutputTokens);
  const usd = outputUsd && dearest(params, outputUsd);
  const total = (tokens === undefined ? (usd ?? Number.NaN) : tokens * perToken) + partialTokens * perToken;
  return Number.isNaN(total) ? undefined : total;
}

type Table = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Returns the highest value in a table that the parameters allow. */
function dearest(params: CostParams, table: Table, most?: Rates["mostOutputTokens"]): number | undefined {
  const quality = params.quality ?? "auto";
  const size = params.size ?? "auto";
  const qualities = quality === "auto" || quality === "" ? Object.keys(table) : [quality];
  const counts = qualities.map((name) => {
    const sizes = table[name];
    const cap = most?.[name];
    if (size === "auto" || size === "") return cap ?? (sizes && Math.max(...Object.values(sizes)));
    return sizes?.[size] ?? cap;
  });
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 || known.length < counts.length ? undefined : Math.max(...known);
}

function inputTokens(params: CostParams, rates: Rates | undefined): number | undefined {
  const { image, mask, markup, input_fidelity: fidelity = "low" } = params;
  const others = [mask, markup].filter((file) => file !== undefined && file !== null).length;
  const images = (Array.isArray(image) ? image.length : 1) + others;
  const most = rates?.inputImageTokens?.[fidelity];
  return most === undefined ? undefined : images * most;
}
