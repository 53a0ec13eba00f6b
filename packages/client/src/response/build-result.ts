import type { EditedImage } from "../edited-image.ts";
import { InvalidResponseError, type Problem } from "../errors/errors.ts";
import { formatFailure } from "../errors/failure-messages.ts";
import { codeNames } from "../errors/message-names.ts";
import { toProblem } from "../errors/problem-messages.ts";
import { parseServerError } from "../errors/server-error.ts";
import type { DecodedImages } from "./decode-images.ts";
import { fieldsOf, type ParseFailure, textOf } from "./json.ts";
import { readCreated, readUsage } from "./read-usage.ts";
import type { RawBody, ReaderOptions, Result, SalvagedResponse } from "./reader-options.ts";
import { explainMissingImage } from "./shapes/explain-missing-image.ts";

/** Returns the result for parsed JSON and its decoded images, or the reason that there is none. */
export async function buildResult<Image extends EditedImage>(
  json: unknown,
  decoded: DecodedImages,
  options: ReaderOptions<Image>,
  rawBody: RawBody,
): Promise<Result<Image> | ParseFailure> {
  const { images, warnings } = decoded;
  if (!images.length) return explainMissingImage(json, decoded, options);
  const response = fieldsOf(json);
  const serverError = parseServerError(json, options.redact);
  await options.store?.commit?.(images.flatMap(({ source }) => source ?? []));
  const unwritten = images.find(({ source }) => source?.problem)?.source;
  if (unwritten) {
    const params = { summary: unwritten.problem, systemCode: unwritten.systemCode };
    const salvaged = { images: images.map(options.toImage), rawBody };
    throw toResponseError({ code: "write_failed", params }, options, salvaged);
  }
  const { requested = 1 } = options;
  const problems: Problem[] = [...warnings];
  if (images.length !== requested) {
    const code = images.length < requested ? "fewer_images" : "more_images";
    problems.push(toProblem("warning", "n", code, { requested, received: images.length }));
  }
  if (response["error"] && serverError.message) {
    const message = `The server sent an error with the images: "${serverError.message}".`;
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
    usage: readUsage(response["usage"], response),
    created: readCreated(response["created"], response["created_at"]),
    size: textOf(response["size"]),
    quality: textOf(response["quality"]),
    background: textOf(response["background"]),
    outputFormat: textOf(response["output_format"]),
    rawBody,
  };
}

/** Creates the error for a response that may have been billed and cannot be used. */
export function toResponseError<Image extends EditedImage>(
  { code, params: seen, cause, requestId: parsedId }: ParseFailure,
  { requestId = parsedId, idempotencyKey, taskId: polledTask }: ReaderOptions<Image>,
  { images, rawBody }: SalvagedResponse<Image>,
): InvalidResponseError {
  const taskId = polledTask ?? ("taskId" in seen ? seen.taskId : undefined);
  const isPolled = polledTask !== undefined;
  const params = { ...seen, imageCount: images.length, requestId, taskId, isPolled };
  return new InvalidResponseError(formatFailure(code, params, codeNames), {
    outcome: "unknown",
    code,
    params,
    cause,
    requestId,
    taskId,
    idempotencyKey,
    images,
    rawBody,
  });
}
