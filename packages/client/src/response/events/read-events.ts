import type { EditedImage } from "../../edited-image.ts";
import type { Problem } from "../../errors/errors.ts";
import { isRetouchError } from "../../errors/errors.ts";
import { buildResult, toResponseError } from "../build-result.ts";
import { type DecodedImages, decodeImages } from "../decode-images.ts";
import { memoryStore } from "../image-store.ts";
import { fieldsOf, type ParseFailure, tooLarge } from "../json.ts";
import { readJson } from "../read-json.ts";
import type { RawBody, ReaderOptions, Result, SalvagedResponse } from "../reader-options.ts";
import { joinParts } from "../salvage.ts";
import { createEventLog } from "./event-log.ts";
import { parseEvent } from "./parse-event.ts";
import { sniffBody } from "./sniff-body.ts";

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

/** How long to wait for more once every requested image has arrived: some servers never close the stream. */
const idleMs = 1000;

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

const nothing: DecodedImages = { images: [], warnings: [], damaged: 0 };

async function* readStream<Image extends EditedImage>(
  iterator: AsyncIterator<Uint8Array>,
  options: ReaderOptions<Image>,
): AsyncGenerator<StreamEvent<Image>, void, undefined> {
  const { store = memoryStore, maxAnswerBytes = Number.POSITIVE_INFINITY, redact, onBodyFailure } = options;
  const log = createEventLog(store);
  const rawBody: RawBody = async () => options.rawBody?.() ?? joinParts(await log.raw());
  const previews = new Map<number, Image>();
  const { requested = 1 } = options;
  let decoded = nothing;
  let response = {};
  let message = "";
  let byteLength = 0;
  let unreadable = 0;
  let reportedImages = 0;
  let failure: ParseFailure | undefined;

  const hasAll = () => decoded.images.length + decoded.damaged >= requested;
  const salvage = async (): Promise<SalvagedResponse<Image>> => {
    await store.commit?.(decoded.images.flatMap(({ source }) => source ?? []));
    await store.close?.({ retain: true });
    return { images: [...decoded.images.map(options.toImage), ...previews.values()], rawBody };
  };
  const finish = async (): Promise<StreamEvent<Image>> => {
    const warnings = [...decoded.warnings];
    const warn = (code: Problem["code"], text: string) =>
      warnings.push({ severity: "warning", field: "stream", code, message: text });
    if (unreadable)
      warn("unreadable_event", `Events of the stream that are not JSON were skipped: ${unreadable}.`);
    if (failure) warn(failure.code, failure.message);
    const result = await buildResult(response, { ...decoded, warnings }, options, rawBody);
    if (!("images" in result)) throw toResponseError(result, options, await salvage());
    reportedImages = decoded.images.length;
    // The result of a complete stream lacks nothing, and `rawBody` would retain its partial images in memory.
    const isComplete = !(decoded.damaged || unreadable || failure || options.rawBody);
    return { type: "completed", result: isComplete ? { ...result, rawBody: undefined } : result };
  };

  try {
    for (let isOver = false; !isOver; ) {
      const step = await (hasAll() ? nextOrIdle(iterator) : next(iterator));
      if ("cause" in step) {
        const error = onBodyFailure ? onBodyFailure(step.cause, await salvage()) : step.cause;
        // An abort is rethrown; a cut after completed images only loses the remaining ones.
        if (!isRetouchError(error) || !decoded.images.length) throw error;
        failure = { code: error.code, message: error.message };
        isOver = true;
      } else if (step.done) {
        log.end();
        isOver = true;
      } else {
        byteLength += step.value.length;
        failure = byteLength > maxAnswerBytes ? tooLarge(maxAnswerBytes) : log.push(step.value);
        isOver = failure !== undefined;
        await store.flush?.();
      }
      for (const event of log.take()) {
        const parsed = await parseEvent(event, store, redact);
        if (parsed.type === "partial") {
          for (const decodedImage of parsed.decoded.images) {
            const index = parsed.index ?? previews.size;
            const image = options.toImage(decodedImage);
            previews.set(index, image);
            yield { type: "partial", index, image };
          }
        } else if (parsed.type === "completed") {
          decoded = join(decoded, parsed.decoded);
          response = { ...response, ...fieldsOf(parsed.json) };
        } else if (parsed.type === "text") message += parsed.text;
        else if (parsed.type === "unreadable") unreadable++;
        else if (parsed.type === "error") failure = parsed.failure;
        isOver ||= parsed.type === "error" || parsed.type === "done";
        // If all images so far are damaged, a valid one may still arrive.
        if (!reportedImages && decoded.images.length && hasAll()) yield await finish();
      }
    }
    if (!decoded.images.length && message) {
      const chat = { choices: [{ message: { content: message } }] };
      decoded = await decodeImages(chat, new Map(), store);
    }
    if (decoded.images.length > reportedImages || (decoded.damaged && !reportedImages)) yield await finish();
    if (reportedImages) return;
    failure ??= { code: "stream_incomplete", message: "The stream ended before a completed image arrived." };
    throw toResponseError(failure, options, await salvage());
  } finally {
    // Not awaited: a hanging connection would delay what has already arrived.
    void (async () => iterator.return?.())().catch(() => undefined);
    // Images omitted from the result are only available through `rawBody`.
    await store.close?.({ retain: decoded.damaged > 0 && !options.rawBody });
  }
}

type Step = IteratorResult<Uint8Array, unknown> | { readonly cause: unknown };

async function next(iterator: AsyncIterator<Uint8Array>): Promise<Step> {
  try {
    return await iterator.next();
  } catch (cause) {
    return { cause };
  }
}

async function nextOrIdle(iterator: AsyncIterator<Uint8Array>): Promise<Step> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const idle = new Promise<Step>((resolve) => {
    timer = setTimeout(() => resolve({ done: true, value: undefined }), idleMs);
  });
  const step = await Promise.race([next(iterator), idle]);
  clearTimeout(timer);
  return step;
}

function join(first: DecodedImages, second: DecodedImages): DecodedImages {
  return {
    images: [...first.images, ...second.images],
    warnings: [...first.warnings, ...second.warnings],
    damaged: first.damaged + second.damaged,
  };
}
