import type { Usage } from "../edit-result.ts";
import type { EditedImage } from "../edited-image.ts";
import { InvalidResponseError, type Problem } from "../errors/errors.ts";
import { formatFailure } from "../errors/failure-messages.ts";
import { codeNames } from "../errors/message-names.ts";
import { toProblem } from "../errors/problem-messages.ts";
import { parseServerError } from "../errors/server-error.ts";
import type { DecodedImages } from "./decode-images.ts";
import { fieldsOf, type ParseFailure, textOf } from "./json.ts";
import type { RawBody, ReaderOptions, Result, SalvagedResponse } from "./reader-options.ts";

/** Returns the result for parsed JSON and its decoded images, or the reason that there is none. */
export async function buildResult<Image extends EditedImage>(
  json: unknown,
  { images, warnings, damaged }: DecodedImages,
  options: ReaderOptions<Image>,
  rawBody: RawBody,
): Promise<Result<Image> | ParseFailure> {
  const response = fieldsOf(json);
  const serverError = parseServerError(json, options.redact);
  const quoted = serverError.message && `: "${serverError.message}"`;
  if (!images.length) {
    const { requestId, code } = serverError;
    const fail = (code: string, summary: string): ParseFailure => ({ code, params: { summary }, requestId });
    if (damaged) return fail("bad_base64", "The images in the response are not valid base64.");
    if (!quoted && !response["error"]) return fail("no_image", "The response contains no image.");
    const summary = `The server responded with an error${code ? ` (${code})` : ""}${quoted ?? ""}.`;
    return fail(code ?? "error_in_response", summary);
  }
  await options.store?.commit?.(images.flatMap(({ source }) => source ?? []));
  const unwritten = images.find(({ source }) => source?.problem)?.source;
  if (unwritten) {
    const params = { summary: unwritten.problem, systemCode: unwritten.systemCode };
    const salvaged = { images: images.map(options.toImage), rawBody };
    throw toResponseError({ code: "write_failed", params }, options, salvaged);
  }
  const { requested = 1 } = options;
  const problems: Problem[] = [...warnings];
  if (images.length < requested) {
    const params = { requested, received: images.length };
    problems.push(toProblem("warning", "n", "fewer_images", params));
  }
  if (response["error"] && quoted) {
    const message = `The server sent an error with the images${quoted}.`;
    problems.push({
      severity: "warning",
      field: "image",
      code: serverError.code ?? "error_in_response",
      message,
    });
  }
  return {
    images: images.map(options.toImage),
    warnings: problems,
    requestId: options.requestId ?? serverError.requestId,
    usage: readUsage(response["usage"]),
    created: [response["created"], response["created_at"]].find((value) => typeof value === "number"),
    size: textOf(response["size"]),
    quality: textOf(response["quality"]),
    background: textOf(response["background"]),
    outputFormat: textOf(response["output_format"]),
    rawBody,
  };
}

/**
 * Returns the tokens used, in the field names of either API: `input_tokens` of images, `prompt_tokens` of chat.
 * Gateways set the fields that they do not use to 0, so the first positive value wins.
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
    costUsd: costOf(usage),
  }).filter(([, tokens]) => tokens !== undefined);
  return entries.length ? Object.fromEntries(entries) : undefined;
}

/**
 * Reads what the server charged: `cost` of @openrouter/sdk 1.3.19 is in US dollars, `cost_in_usd_ticks` of xAI is
 * 10,000,000,000 to the dollar (https://docs.x.ai/developers/cost-tracking).
 */
function costOf(usage: Readonly<Record<string, unknown>>): number | undefined {
  const ticks = usage["cost_in_usd_ticks"];
  if (isAmount(ticks)) return ticks / 10_000_000_000;
  return isAmount(usage["cost"]) ? usage["cost"] : undefined;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function count(...values: unknown[]): number | undefined {
  const counts = values.filter((value): value is number => Number.isSafeInteger(value) && Number(value) >= 0);
  return counts.find((value) => value > 0) ?? counts[0];
}

/** Creates the error for a response that may have been billed and cannot be used. */
export function toResponseError<Image extends EditedImage>(
  { code, params: seen, cause, requestId: parsedId }: ParseFailure,
  { requestId = parsedId, idempotencyKey }: ReaderOptions<Image>,
  { images, rawBody }: SalvagedResponse<Image>,
): InvalidResponseError {
  const params = { ...seen, imageCount: images.length, requestId };
  return new InvalidResponseError(formatFailure(code, params, codeNames), {
    outcome: "unknown",
    code,
    params,
    cause,
    requestId,
    idempotencyKey,
    images,
    rawBody,
  });
}
