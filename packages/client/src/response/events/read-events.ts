import type { EditedImage } from "../../edited-image.ts";
import type { Problem } from "../../errors/errors.ts";
import { isRetouchError } from "../../errors/errors.ts";
import { type FailureParams, formatFailure } from "../../errors/failure-messages.ts";
import { codeNames } from "../../errors/message-names.ts";
import { sanitizeText } from "../../errors/sanitize-text.ts";
import { readJson } from "../../request/run-edit.ts";
import { buildResult, toResponseError } from "../build-result.ts";
import { type DecodedImages, decodeImages } from "../decode-images.ts";
import { memoryStore } from "../image-store.ts";
import { fieldsOf, type ParseFailure, tooLarge } from "../json.ts";
import type { RawBody, ReaderOptions, Result, SalvagedResponse } from "../reader-options.ts";
import { joinParts } from "../salvage.ts";
import { sniffBody } from "../sniff-body.ts";
import { createEventLog } from "./event-log.ts";
import { nextChunk, nextChunkOrIdle } from "./next-chunk.ts";
import { parseEvent } from "./parse-event.ts";
import { createPreviews, createResultImages } from "./stream-images.ts";

/** An event of a streamed edit: partial images, then the result. */
export type StreamEvent<Image extends EditedImage = EditedImage> =
  | {
      readonly type: "partial";
      /** The server's index of the partial image, from 0. */
      readonly index: number;
      readonly image: Image;
    }
  | {
      /**
       * Emitted once, with every requested image. If the stream broke off, it has the images received so far, and
       * `warnings` says so. If more images arrive than requested, it is emitted again at the end, with all of them.
       */
      readonly type: "completed";
      readonly result: Result<Image>;
    };

/** The most text in chunks of a chat, which may be images in base64. */
const maxMessageChars = 134_217_728;

/**
 * Yields the server-sent events of a success while they arrive. A JSON body, from a server that ignores `stream`,
 * yields one `completed`.
 *
 * @throws {InvalidResponseError} (`unknown`) when the stream ends, or reports an error, before any completed image;
 * the partial images received so far are in `error.images`
 */
export async function* readEvents<Image extends EditedImage>(
  body: AsyncIterable<Uint8Array>,
  options: ReaderOptions<Image>,
): AsyncGenerator<StreamEvent<Image>, void, undefined> {
  const sniffed = await sniffBody(body);
  if (sniffed.isStream) yield* readStream(sniffed.body[Symbol.asyncIterator](), options);
  else yield { type: "completed", result: await readJson(sniffed.body, options) };
}

const tooLong: ParseFailure = {
  code: "unexpected_response",
  params: { summary: "Unexpected response: too much text besides the images." },
};
const nothing: DecodedImages = { images: [], warnings: [], damaged: 0 };

async function* readStream<Image extends EditedImage>(
  iterator: AsyncIterator<Uint8Array>,
  options: ReaderOptions<Image>,
): AsyncGenerator<StreamEvent<Image>, void, undefined> {
  const { store = memoryStore, maxAnswerBytes = Number.POSITIVE_INFINITY, redact, onBodyFailure } = options;
  const log = createEventLog(store, () => options.rawBody !== undefined);
  const rawBody: RawBody = async () => options.rawBody?.() ?? joinParts(await log.raw());
  const previews = createPreviews<Image>();
  const { requested = 1 } = options;
  const results = createResultImages();
  let response = {};
  let message = "";
  let refusal = "";
  let byteLength = 0;
  let unreadable = 0;
  let reportedImages = 0;
  let failure: ParseFailure | undefined;
  let isFailed = false;
  let lastJson: unknown;

  const hasAll = () => results.final().images.length + results.final().damaged >= requested;
  const salvage = async (): Promise<SalvagedResponse<Image>> => {
    const { images } = results.all();
    await store.commit?.(images.flatMap(({ source }) => source ?? []));
    await store.close?.({ retain: true });
    return { images: [...images.map(options.toImage), ...previews.images()], rawBody };
  };
  const finish = async (): Promise<StreamEvent<Image>> => {
    const decoded = results.best(failure === undefined);
    const warnings = [...decoded.warnings];
    const warn = (code: Problem["code"], params: FailureParams) => {
      const text = formatFailure(code, params, codeNames);
      warnings.push({ severity: "warning", field: "stream", code, message: text, params: { ...params } });
    };
    if (unreadable) {
      const summary = `Events of the stream that are not JSON were skipped: ${unreadable}.`;
      warn("unreadable_event", { summary });
    }
    if (failure) warn(failure.code, failure.params);
    const result = await buildResult(response, { ...decoded, warnings }, options, rawBody);
    if (!("images" in result)) throw toResponseError(result, options, await salvage());
    reportedImages = decoded.images.length;
    // The result of a complete stream lacks nothing, and `rawBody` would retain its partial images in memory.
    const isComplete = !(decoded.damaged || unreadable || failure || options.rawBody);
    return { type: "completed", result: isComplete ? { ...result, rawBody: undefined } : result };
  };

  try {
    for (let isOver = false; !isOver; ) {
      const step = await (hasAll() || isFailed
        ? nextChunkOrIdle(iterator, options.runtime)
        : nextChunk(iterator));
      let cut: { readonly cause: unknown } | undefined;
      if ("cause" in step) {
        cut = step;
        // The event during which the connection was cut may be complete.
        log.end();
        isOver = true;
      } else if (step.done) {
        log.end();
        isOver = true;
      } else {
        byteLength += step.value.length;
        const stop = byteLength > maxAnswerBytes ? tooLarge(maxAnswerBytes) : log.push(step.value);
        failure = stop ?? failure;
        isOver = stop !== undefined;
        await store.flush?.();
      }
      for (const event of log.take()) {
        const parsed = await parseEvent(event, store, redact);
        const { type, decoded } = parsed;
        if (type === "partial") {
          for (const decodedImage of decoded.images) {
            const preview = previews.add(
              parsed.index,
              options.toImage(decodedImage),
              decodedImage.source?.byteLength,
            );
            yield { type: "partial", ...preview };
          }
        } else if (type === "final") {
          await results.addFinal(parsed.kind, decoded);
          response = { ...response, ...detailsOf(parsed.json) };
        } else if (type === "candidates") {
          results.addCandidates(decoded);
          response = { ...detailsOf(parsed.json), ...response };
        } else if (type === "text") {
          message += parsed.text ?? "";
          refusal += parsed.refusal ?? "";
          // Chunks of text can be an image too; longer than any is endless.
          if (message.length + refusal.length > maxMessageChars) {
            failure = tooLong;
            isOver = true;
          }
        } else if (type === "unreadable") {
          // The event during which the connection was cut is reported by the cut.
          if (!cut) unreadable++;
          results.addRescued(decoded);
        }
        const { usage } = detailsOf(parsed.json);
        if (usage) response = { ...response, usage };
        if (type === "other") lastJson = parsed.json;
        if (parsed.failure) {
          failure = parsed.failure;
          // One of several images may have failed, or a step of the edit: what was billed may still follow.
          isFailed ||= !parsed.isStep && (requested === 1 || parsed.isFatal === true);
        }
        isOver ||= type === "done";
        // If all images so far are damaged, a valid one may still arrive. After a step, the event with the usage may.
        if (!reportedImages && results.final().images.length && hasAll() && !parsed.isStep)
          yield await finish();
      }
      if (cut) {
        const error = onBodyFailure ? onBodyFailure(cut.cause, await salvage()) : cut.cause;
        // An abort is rethrown; a cut after completed images only loses the remaining ones.
        if (!isRetouchError(error) || !results.final().images.length) throw error;
        failure = { code: error.code, params: error.params ?? { summary: error.message } };
      }
    }
    if (!results.all().images.length && message) {
      const chat = { choices: [{ message: { content: message } }] };
      await results.addFinal("chat", await decodeImages(chat, new Map(), store));
    }
    const { images, damaged } = results.best(failure === undefined);
    if (images.length > reportedImages || (damaged && !reportedImages)) yield await finish();
    if (reportedImages) return;
    failure ??= await explain();
    throw toResponseError(failure, options, await salvage());
  } finally {
    // Not awaited: a hanging connection would delay what has already arrived.
    void (async () => iterator.return?.())().catch(() => undefined);
    // Images omitted from the result are only available through `rawBody`.
    await store.close?.({ retain: results.final().damaged > 0 && !options.rawBody });
  }

  /** Returns why there is no image: what the text of a chat says, or else that the stream ended. */
  async function explain(): Promise<ParseFailure> {
    const chat = { choices: [{ message: { content: message, refusal: refusal || undefined } }] };
    for (const json of [chat, lastJson]) {
      const result = await buildResult(json, nothing, options, rawBody);
      if (!("images" in result) && result.code !== "no_image") return result;
    }
    const said = sanitizeText((redact ?? String)((refusal || message).slice(0, 8192)));
    return said === undefined
      ? {
          code: "stream_incomplete",
          params: { summary: "The stream ended before a completed image arrived." },
        }
      : { code: "no_image", params: { summary: `The response contains no image, only text: "${said}".` } };
  }
}

/** Returns the fields of an event, and those of the `response` in it. */
function detailsOf(json: unknown): Readonly<Record<string, unknown>> {
  const fields = fieldsOf(json);
  return { ...fieldsOf(fields["response"]), ...fields };
}
