import type { EditedImage } from "../edited-image.ts";
import type { Problem } from "../errors/errors.ts";
import { readServerWords } from "../errors/server-error.ts";
import { createAnswerError } from "./answer-error.ts";
import type { OpenedPictures } from "./decode-images.ts";
import { fieldsOf, textOf } from "./json.ts";
import type { AnswerFailure } from "./parse-answer.ts";
import { readUsage } from "./read-usage.ts";
import type { Answer, AnswerOptions, RawBody } from "./reader-options.ts";

/** Makes the result of parsed JSON and the pictures that it names, or says why there is none. */
export async function buildAnswer<Image extends EditedImage>(
  json: unknown,
  { images, warnings, damaged }: OpenedPictures,
  options: AnswerOptions<Image>,
  rawBody: RawBody,
): Promise<Answer<Image> | AnswerFailure> {
  const answer = fieldsOf(json);
  const words = readServerWords(json, options.redact);
  const said = words.message && `: "${words.message}"`;
  if (!images.length) {
    const { requestId, code } = words;
    if (damaged) return { code: "bad_base64", seen: "The answer's pictures are no valid base64.", requestId };
    if (!said && !answer["error"])
      return { code: "no_image", seen: "The answer holds no picture.", requestId };
    const seen = `The server answered with an error${code ? ` (${code})` : ""}${said ?? ""}.`;
    return { code: code ?? "error_in_answer", seen, requestId };
  }
  await options.store?.settle?.(images.flatMap(({ source }) => source ?? []));
  const unwritten = images.find(({ source }) => source?.problem)?.source?.problem;
  if (unwritten !== undefined) {
    const rescued = { images: images.map(options.toImage), rawBody };
    throw createAnswerError({ code: "write_failed", seen: unwritten }, options, rescued);
  }
  const { requested = 1 } = options;
  const told: Problem[] = [...warnings];
  if (images.length < requested) {
    const message = `\`n\` is ${requested} but the answer holds fewer pictures: ${images.length}.`;
    told.push({ severity: "warning", field: "n", code: "fewer_images", message });
  }
  if (answer["error"] && said) {
    const message = `The server sent an error beside the pictures${said}.`;
    told.push({ severity: "warning", field: "image", code: words.code ?? "error_in_answer", message });
  }
  return {
    images: images.map(options.toImage),
    warnings: told,
    requestId: options.requestId ?? words.requestId,
    usage: readUsage(answer["usage"]),
    created: [answer["created"], answer["created_at"]].find((value) => typeof value === "number"),
    size: textOf(answer["size"]),
    quality: textOf(answer["quality"]),
    background: textOf(answer["background"]),
    outputFormat: textOf(answer["output_format"]),
    rawBody,
  };
}
