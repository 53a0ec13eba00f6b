import type { EditedImage } from "../../edited-image.ts";
import type { Problem } from "../../errors/errors.ts";
import { isRetouchError } from "../../errors/errors.ts";
import { buildResult, toResponseError } from "../build-result.ts";
import { type DecodedImages, decodeImages } from "../decode-images.ts";
import { memoryStore } from "../image-store.ts";
import { fieldsOf, type ParseFailure } from "../json.ts";
import { readJson, tooLarge } from "../read-json.ts";
import type { RawBody, ReaderOptions, Result, SalvagedResponse } from "../reader-options.ts";
import { joinParts } from "../salvage.ts";
import { createEventLog } from "./event-log.ts";
import { parseEvent } from "./parse-event.ts";
import { sniffBody } from "./sniff-body.ts";

/** What happens while an edit is streamed: previews, then the result. */
export type StreamEvent<Image extends EditedImage = EditedImage> =
  | {
      readonly type: "partial";
      /** The server's number of the preview, from 0. */
      readonly index: number;
      readonly image: Image;
    }
  | {
      /**
       * Comes once, with every picture that was asked for, or with those that came before the stream broke off: then
       * `warnings` say so. When more pictures come than were asked for it comes again at the end, with all of them.
       */
      readonly type: "completed";
      readonly result: Result<Image>;
    };

/** How long to wait for more after everything that was asked for has come, from a server that never hangs up. */
const idleMs = 1000;

/**
 * Reads the server-sent events of a success while they arrive; a JSON body, from a server that ignores `stream`, gives
 * one `completed`.
 *
 * @throws {InvalidResponseError} (`unknown`) when the stream ends, or tells an error, before any completed picture;
 * the previews so far are in `error.images`
 */
export async function* readEvents<Image extends EditedImage>(
  body: AsyncIterable<Uint8Array>,
  options: ReaderOptions<Image>,
): AsyncGenerator<StreamEvent<Image>, void, undefined> {
  const peeked = await sniffBody(body);
  if (peeked.isStream) yield* readStream(peeked.body[Symbol.asyncIterator](), options);
  else yield { type: "completed", result: await readJson(peeked.body, options) };
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
  let opened = nothing;
  let response = {};
  let message = "";
  let byteLength = 0;
  let unreadable = 0;
  let toldImages = 0;
  let failure: ParseFailure | undefined;

  const hasAll = () => opened.images.length + opened.damaged >= requested;
  const salvage = async (): Promise<SalvagedResponse<Image>> => {
    await store.commit?.(opened.images.flatMap(({ source }) => source ?? []));
    await store.end?.(true);
    return { images: [...opened.images.map(options.toImage), ...previews.values()], rawBody };
  };
  const finish = async (): Promise<StreamEvent<Image>> => {
    const warnings = [...opened.warnings];
    const warn = (code: Problem["code"], text: string) =>
      warnings.push({ severity: "warning", field: "stream", code, message: text });
    if (unreadable)
      warn("unreadable_event", `Events of the stream that are no JSON were skipped: ${unreadable}.`);
    if (failure) warn(failure.code, failure.seen);
    const result = await buildResult(response, { ...opened, warnings }, options, rawBody);
    if (!("images" in result)) throw toResponseError(result, options, await salvage());
    toldImages = opened.images.length;
    // Of a stream that came whole nothing is missing, and its previews would stay in memory.
    const isWhole = !(opened.damaged || unreadable || failure || options.rawBody);
    return { type: "completed", result: isWhole ? { ...result, rawBody: undefined } : result };
  };

  try {
    for (let isOver = false; !isOver; ) {
      const step = await (hasAll() ? nextOrQuiet(iterator) : next(iterator));
      if ("cause" in step) {
        const error = onBodyFailure ? onBodyFailure(step.cause, await salvage()) : step.cause;
        // An abort passes; a cut after completed pictures costs the rest of them alone.
        if (!isRetouchError(error) || !opened.images.length) throw error;
        failure = { code: error.code, seen: error.message };
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
        const meaning = await parseEvent(event, store, redact);
        if (meaning.type === "partial") {
          for (const decoded of meaning.opened.images) {
            const index = meaning.index ?? previews.size;
            const image = options.toImage(decoded);
            previews.set(index, image);
            yield { type: "partial", index, image };
          }
        } else if (meaning.type === "completed") {
          opened = join(opened, meaning.opened);
          response = { ...response, ...fieldsOf(meaning.json) };
        } else if (meaning.type === "text") message += meaning.text;
        else if (meaning.type === "unreadable") unreadable++;
        else if (meaning.type === "error") failure = meaning.failure;
        isOver ||= meaning.type === "error" || meaning.type === "done";
        // When all of them are damaged, one that is whole may still come.
        if (!toldImages && opened.images.length && hasAll()) yield await finish();
      }
    }
    if (!opened.images.length && message) {
      const chat = { choices: [{ message: { content: message } }] };
      opened = await decodeImages(chat, new Map(), store);
    }
    if (opened.images.length > toldImages || (opened.damaged && !toldImages)) yield await finish();
    if (toldImages) return;
    failure ??= { code: "stream_incomplete", seen: "The stream ended before a completed picture came." };
    throw toResponseError(failure, options, await salvage());
  } finally {
    // Not awaited: a connection that hangs would hold up what has come.
    void (async () => iterator.return?.())().catch(() => undefined);
    // What was left out of the result is in `rawBody` alone.
    await store.end?.(opened.damaged > 0 && !options.rawBody);
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

async function nextOrQuiet(iterator: AsyncIterator<Uint8Array>): Promise<Step> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const quiet = new Promise<Step>((resolve) => {
    timer = setTimeout(() => resolve({ done: true, value: undefined }), idleMs);
  });
  const step = await Promise.race([next(iterator), quiet]);
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
