import type { Usage } from "../edit-result.ts";
import type { EditedImage } from "../edited-image.ts";
import { InvalidResponseError, type Problem } from "../errors/errors.ts";
import { parseServerError } from "../errors/server-error.ts";
import type { DecodedImages } from "./decode-images.ts";
import { fieldsOf, type ParseFailure, textOf } from "./json.ts";
import type { RawBody, ReaderOptions, Result, SalvagedResponse } from "./reader-options.ts";

/** Makes the result of parsed JSON and the pictures that it names, or says why there is none. */
export async function buildResult<Image extends EditedImage>(
  json: unknown,
  { images, warnings, damaged }: DecodedImages,
  options: ReaderOptions<Image>,
  rawBody: RawBody,
): Promise<Result<Image> | ParseFailure> {
  const response = fieldsOf(json);
  const words = parseServerError(json, options.redact);
  const said = words.message && `: "${words.message}"`;
  if (!images.length) {
    const { requestId, code } = words;
    if (damaged) return { code: "bad_base64", seen: "The answer's pictures are no valid base64.", requestId };
    if (!said && !response["error"])
      return { code: "no_image", seen: "The answer holds no picture.", requestId };
    const seen = `The server answered with an error${code ? ` (${code})` : ""}${said ?? ""}.`;
    return { code: code ?? "error_in_answer", seen, requestId };
  }
  await options.store?.commit?.(images.flatMap(({ source }) => source ?? []));
  const unwritten = images.find(({ source }) => source?.problem)?.source?.problem;
  if (unwritten !== undefined) {
    const salvaged = { images: images.map(options.toImage), rawBody };
    throw toResponseError({ code: "write_failed", seen: unwritten }, options, salvaged);
  }
  const { requested = 1 } = options;
  const told: Problem[] = [...warnings];
  if (images.length < requested) {
    const message = `\`n\` is ${requested} but the answer holds fewer pictures: ${images.length}.`;
    told.push({ severity: "warning", field: "n", code: "fewer_images", message });
  }
  if (response["error"] && said) {
    const message = `The server sent an error beside the pictures${said}.`;
    told.push({ severity: "warning", field: "image", code: words.code ?? "error_in_answer", message });
  }
  return {
    images: images.map(options.toImage),
    warnings: told,
    requestId: options.requestId ?? words.requestId,
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

/** Creates the error of an answer that was paid for and can not be used. */
export function toResponseError<Image extends EditedImage>(
  { seen, code, cause, requestId: said }: ParseFailure,
  { requestId = said, idempotencyKey }: ReaderOptions<Image>,
  { images, rawBody }: SalvagedResponse<Image>,
): InvalidResponseError {
  const sentences = [
    seen,
    "The server may have billed this edit: look at the answer with `error.rawBody()` before sending it again.",
    images.length > 0 && `Pictures that arrived whole are in \`error.images\`: ${images.length}.`,
    requestId && `Request id: ${requestId}.`,
  ];
  return new InvalidResponseError(sentences.filter(Boolean).join(" "), {
    outcome: "unknown",
    code,
    cause,
    requestId,
    idempotencyKey,
    images,
    rawBody,
  });
}
