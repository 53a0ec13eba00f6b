import type { Usage } from "../edit-result.ts";
import { fieldsOf, listOf, parseNestedJson } from "./json.ts";

/**
 * Returns the tokens used, in the field names of either API: `input_tokens` of images, `prompt_tokens` of chat.
 * Gateways set the fields that they do not use to 0, so the first positive value wins. Some write numbers, or all of
 * it, as text. `response` has the cost where a gateway gives it outside of `usage`.
 */
export function readUsage(value: unknown, response: unknown = undefined): Usage | undefined {
  const outer = fieldsOf(response);
  const usage = fieldsOf(parsed(value));
  const costs = [usage, outer, fieldsOf(listOf(outer["data"])[0]), fieldsOf(listOf(outer["result"])[0])];
  if (Object.keys(usage).length === 0 && !costs.some(hasCost)) return undefined;
  const details = [fieldsOf(usage["input_tokens_details"]), fieldsOf(usage["prompt_tokens_details"])];
  const inputTokens = count(usage["input_tokens"], usage["prompt_tokens"]);
  const outputTokens = count(usage["output_tokens"], usage["completion_tokens"]);
  const sum =
    inputTokens === undefined || outputTokens === undefined ? undefined : inputTokens + outputTokens;
  const entries = Object.entries({
    inputTokens,
    outputTokens,
    totalTokens: count(usage["total_tokens"], sum),
    inputTextTokens: count(...details.map((detail) => detail["text_tokens"])),
    inputImageTokens: count(...details.map((detail) => detail["image_tokens"])),
    costUsd: costs.map(costOf).find(isDefined),
    costCredits: costs.map(({ credits_cost }) => numberOf(credits_cost)).find(isDefined),
  }).filter(([, tokens]) => tokens !== undefined);
  return entries.length ? Object.fromEntries(entries) : undefined;
}

/** Returns when the server made the images, in seconds since 1970: a number, its text, or a date. */
export function readCreated(...values: unknown[]): number | undefined {
  for (const value of values) {
    const seconds = numberOf(value) ?? (typeof value === "string" ? Date.parse(value) / 1000 : Number.NaN);
    // Some servers count milliseconds: as seconds, they would be in the year 5138 or later.
    if (seconds >= 0) return seconds < 100_000_000_000 ? seconds : seconds / 1000;
  }
  return undefined;
}

/**
 * Returns what the server charged: `cost` of @openrouter/sdk 1.3.19 and apimart is in US dollars, `cost_in_usd_ticks` of
 * xAI is 10,000,000,000 to the dollar (https://docs.x.ai/developers/cost-tracking). Credits are worth what the server
 * says, so they are not converted.
 */
function costOf({ cost, cost_in_usd_ticks }: Readonly<Record<string, unknown>>): number | undefined {
  const ticks = numberOf(cost_in_usd_ticks);
  return ticks === undefined ? numberOf(cost) : ticks / 10_000_000_000;
}

function hasCost({ cost, cost_in_usd_ticks, credits_cost }: Readonly<Record<string, unknown>>): boolean {
  return (cost ?? cost_in_usd_ticks ?? credits_cost) !== undefined;
}

function isDefined(value: number | undefined): value is number {
  return value !== undefined;
}

function count(...values: unknown[]): number | undefined {
  const counts = values.map(numberOf).filter((value) => Number.isSafeInteger(value));
  return counts.find((value) => Number(value) > 0) ?? counts[0];
}

/** Returns a number that is not negative, also one that is written as text. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}

function parsed(value: unknown): unknown {
  return typeof value === "string" ? parseNestedJson(value) : value;
}
