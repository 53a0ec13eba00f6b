import type { Usage } from "../edit-result.ts";
import { fieldsOf } from "./json.ts";

/**
 * Reads the tokens that were used, by the names of either shape: `input_tokens` of images, `prompt_tokens` of chats.
 * Gateways fill the names that they do not use with 0, so the first that counts wins.
 */
export function readUsage(value: unknown): Usage | undefined {
  const usage = fieldsOf(value);
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
  }).filter(([, tokens]) => tokens !== undefined);
  return entries.length ? Object.fromEntries(entries) : undefined;
}

function count(...values: unknown[]): number | undefined {
  const counts = values.filter((value): value is number => Number.isSafeInteger(value) && Number(value) >= 0);
  return counts.find((value) => value > 0) ?? counts[0];
}
