import { encodeBase64 } from "../bytes/base64.ts";
import { createBase64Decoder } from "../bytes/base64-decoder.ts";
import { createByteBuffer } from "../bytes/byte-buffer.ts";
import { placeholder } from "../errors/sanitize-text.ts";
import type { ImageStore, StoredImage } from "./image-store.ts";
import type { ParseFailure } from "./json.ts";

/** The most JSON around the pictures, in bytes: what is longer is no answer of this endpoint. */
export const maxTextBytes = 16_777_216;
/** The platform's parser takes seconds for a million brackets or values; answers nest five deep and hold a hundred. */
const maxDepth = 512;
const maxValues = 100_000;
const unexpectedShape: ParseFailure = {
  code: "unexpected_response",
  seen: "The answer is none of this endpoint: too much else is around its pictures.",
};

/** Takes the pictures out of a JSON document while it arrives. */
export interface ImageScanner {
  /** Takes the next bytes, in pieces of any size. Says why it does not go on with a document that no answer is. */
  push(chunk: Uint8Array): ParseFailure | undefined;
  /** Ends the document and gives its text, each picture replaced by a word that `pictures` knows. */
  end(): string;
  readonly images: ReadonlyMap<string, StoredImage>;
  /** Whether the text so far holds all of an object or a list. */
  readonly isComplete: boolean;
  /** Whether `words` stand in the last part of the text so far. */
  mentions(words: string): boolean;
  /** The pictures that have arrived whole. */
  whole(): readonly StoredImage[];
  /**
   * Reads the document as it came, as far as it came. Base64 comes back in the standard alphabet and without escapes
   * and line breaks; everything else byte for byte.
   */
  raw(): Promise<Uint8Array<ArrayBuffer>[]>;
}

/**
 * Creates a scanner that decodes every long base64 string, and every long `data:` URI in a string, into `store`.
 * What is short stays in the text, and what a string means is left to `JSON.parse`, so that keys, escapes, order
 * and duplicates are never interpreted twice.
 *
 * @example
 * const scanner = createImageScanner(memoryStore);
 * for await (const chunk of body) scanner.push(chunk);
 * const answer = JSON.parse(scanner.end());
 * const picture = scanner.pictures.get(answer.data[0].b64_json);
 */
export function createImageScanner(store: ImageStore, held?: Uint8Array): ImageScanner {
  const nonce = Math.random().toString(36).slice(2);
  const images = new Map<string, StoredImage>();
  const taken: { word: string; at: number; image: StoredImage; tail: string; isWhole: boolean }[] = [];
  const text = createByteBuffer();
  let depth = 0;
  let values = 0;
  let inString = false;
  let isEscaped = false;
  let inRun = false;
  let runStart = 0;
  let image: StoredImage | undefined;

  const run = createBase64Decoder((chunk) => {
    if (!image) {
      image = store.open();
      const word = placeholder(nonce, images.size);
      images.set(word, image);
      // It is long enough: what of it went to the text, in case that it was not, is taken back.
      text.truncate(runStart);
      taken.push({ word, at: runStart, image, tail: "", isWhole: false });
      text.appendAscii(word);
    }
    image.write(chunk);
  }, held);

  function takeRun(chunk: Uint8Array, start: number): number {
    const end = run.take(chunk, start);
    if (!image) text.append(chunk.subarray(start, end));
    if (run.isOver) endRun();
    return end;
  }

  function beginRun(allowBreaks: boolean): void {
    run.begin(allowBreaks);
    inRun = true;
    runStart = text.length;
    image = undefined;
  }

  function endRun(): void {
    inRun = false;
    const last = taken.at(-1);
    if (!image || !last) return;
    const end = run.end();
    last.tail = end.tail;
    last.isWhole = run.isOver && end.text === "";
    text.appendAscii(end.text);
  }

  function takeByte(byte: number): void {
    text.appendByte(byte);
    if (!inString) {
      if (byte === 34) {
        inString = true;
        beginRun(true);
      } else if (byte === 91 || byte === 123) {
        depth++;
        values++;
      } else if (byte === 93 || byte === 125) depth--;
      else if (byte === 44) values++;
    } else if (isEscaped) isEscaped = false;
    else if (byte === 92) isEscaped = true;
    else if (byte === 34) inString = false;
    else if (byte === 44 && text.endsWith(";base64,")) beginRun(false);
  }

  return {
    images,
    get isComplete() {
      return values > 0 && depth === 0 && !inString;
    },
    mentions: (words) => text.text(Math.max(0, text.length - 1024)).includes(words),
    push(chunk) {
      for (let at = 0; at < chunk.length; ) {
        if (inRun) at = takeRun(chunk, at);
        else takeByte(chunk[at++] ?? 0);
        if (depth > maxDepth || values > maxValues || text.length > maxTextBytes) return unexpectedShape;
      }
      return undefined;
    },
    whole: () => taken.filter(({ isWhole }) => isWhole).map((entry) => entry.image),
    end() {
      if (inRun) endRun();
      return text.text();
    },
    async raw() {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      let from = 0;
      if (inRun) endRun();
      for (const { word, at, image: source, tail } of taken) {
        parts.push(text.bytes(from, at));
        for await (const chunk of encodedChunks(source, tail)) parts.push(chunk);
        from = at + word.length;
      }
      parts.push(text.bytes(from));
      return parts;
    },
  };
}

/** Spells a picture in base64 again; `tail` is how its last one or two bytes, and the padding, came. */
async function* encodedChunks(image: StoredImage, tail: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const end = image.byteLength - (image.byteLength % 3);
  for (let at = 0; at < end; at += 196_608) {
    yield encoder.encode(encodeBase64(await image.slice(at, Math.min(at + 196_608, end))));
  }
  yield encoder.encode(tail);
}
