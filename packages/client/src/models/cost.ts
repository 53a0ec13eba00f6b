import type { Usage } from "../edit-result.ts";
import { prices } from "../generated/prices.gen.ts";

/** What a server charges, in US dollars: by tokens, or by picture as many resellers do. */
export interface Rates {
  /** For each picture made; when given, tokens are not counted. */
  readonly perImage?: number | undefined;
  readonly perMillionTokens?:
    | { readonly textInput: number; readonly imageInput: number; readonly imageOutput: number }
    | undefined;
  /** How many tokens a picture made has, by quality, then by size. */
  readonly outputTokens?: Readonly<Record<string, Readonly<Record<string, number>>>> | undefined;
  /** By quality: the most tokens of an image, when its size is open or not in the table. */
  readonly mostOutputTokens?: Readonly<Record<string, number>> | undefined;
  /** The most tokens that a picture sent has, by `input_fidelity`. */
  readonly inputImageTokens?: Readonly<Record<string, number>> | undefined;
  /** How many tokens each unfinished picture of a stream has. */
  readonly partialImageTokens?: number | undefined;
}

/** What an estimate reads of an edit; `edit`'s own parameters fit. */
export interface CostParams {
  readonly model?: string | undefined;
  readonly prompt?: string | undefined;
  readonly image?: unknown;
  readonly mask?: unknown;
  readonly n?: number | undefined;
  readonly quality?: string | undefined;
  readonly size?: string | undefined;
  readonly input_fidelity?: string | undefined;
  readonly partial_images?: number | undefined;
}

/**
 * Gives the documented, dated rates of a model from `spec/prices.yaml`, or `undefined`. Resellers charge differently:
 * pass your own.
 */
export function ratesOf(model: string | undefined): Rates | undefined {
  return model !== undefined && Object.hasOwn(prices, model) ? prices[model] : undefined;
}

/**
 * Estimates the most that an edit can cost, in US dollars, or `undefined` when anything that it depends on is unknown.
 * What is left to the server (`auto`) counts as the dearest; a token of a prompt is at least one byte of it.
 *
 * @param attempts how often the edit may be billed: 1 for `edit`, which never repeats what may have been billed; more
 * when you send again what ended with outcome `unknown`
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
  const made = outputTokens(params, rates);
  const sent = inputTokens(params, rates);
  if (!perToken || made === undefined || sent === undefined) return undefined;
  const text = new TextEncoder().encode(params.prompt ?? "").length;
  const usd = text * perToken.textInput + sent * perToken.imageInput + made * n * perToken.imageOutput;
  return (usd / 1_000_000) * attempts;
}

/**
 * Computes what an edit cost by the tokens that it used, in US dollars, or `undefined` when usage or rates are unknown.
 * Input that the server did not split into text and pictures counts at the dearer rate.
 *
 * @example
 * const usd = costOf(result.usage, { perMillionTokens: { textInput: 5, imageInput: 10, imageOutput: 40 } });
 */
export function costOf(usage: Usage | undefined, rates: Rates | undefined): number | undefined {
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

function outputTokens(params: CostParams, rates: Rates | undefined): number | undefined {
  const { quality = "auto", size = "auto", partial_images: partials = 0 } = params;
  const table = rates?.outputTokens;
  if (!table) return undefined;
  const qualities = quality === "auto" || quality === "" ? Object.keys(table) : [quality];
  const counts = qualities.map((name) => {
    const sizes = table[name];
    const most = rates.mostOutputTokens?.[name];
    if (size === "auto" || size === "") return most ?? (sizes && Math.max(...Object.values(sizes)));
    return sizes?.[size] ?? most;
  });
  const known = counts.filter((count) => count !== undefined);
  if (known.length === 0 || known.length < counts.length) return undefined;
  if (partials === 0) return Math.max(...known);
  const { partialImageTokens } = rates;
  return partialImageTokens === undefined ? undefined : Math.max(...known) + partials * partialImageTokens;
}

function inputTokens(params: CostParams, rates: Rates | undefined): number | undefined {
  const { image, mask, input_fidelity: fidelity = "low" } = params;
  const images = (Array.isArray(image) ? image.length : 1) + (mask === undefined ? 0 : 1);
  const most = rates?.inputImageTokens?.[fidelity];
  return most === undefined ? undefined : images * most;
}
