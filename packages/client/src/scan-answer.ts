import { encodeBase64 } from "./base64.ts";
import { createBase64Run } from "./base64-run.ts";
import type { AnswerFailure } from "./parse-answer.ts";
import type { PictureStore, StoredPicture } from "./picture-store.ts";

/** The most JSON around the pictures, in bytes: what is longer is no answer of this endpoint. */
export const maxTextBytes = 16_777_216;
/** A parser of the platform takes seconds for a million brackets; the answers in use nest five deep. */
const maxDepth = 512;
const uriMark = ";base64,";
const oddShape: AnswerFailure = {
  code: "not_an_answer",
  seen: "The answer is none of this endpoint: it has too much text, or brackets within brackets, around its pictures.",
};

/** Takes the pictures out of a JSON document while it arrives. */
export interface AnswerScanner {
  /** Takes the next bytes, in pieces of any size. Says why it does not go on with a document that no answer is. */
  push(chunk: Uint8Array): AnswerFailure | undefined;
  /** Ends the document and gives its text, each picture replaced by a word that `pictures` knows. */
  end(): string;
  readonly pictures: ReadonlyMap<string, StoredPicture>;
  /** Whether the text so far holds all of an object or a list. */
  readonly isComplete: boolean;
  /** Whether `words` stand in the last part of the text so far. */
  mentions(words: string): boolean;
  /** The pictures that have arrived whole. */
  whole(): readonly StoredPicture[];
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
 * const scanner = createAnswerScanner(memoryStore);
 * for await (const chunk of body) scanner.push(chunk);
 * const answer = JSON.parse(scanner.end());
 * const picture = scanner.pictures.get(answer.data[0].b64_json);
 */
export function createAnswerScanner(store: PictureStore, held?: Uint8Array): AnswerScanner {
  const nonce = Math.random().toString(36).slice(2);
  const pictures = new Map<string, StoredPicture>();
  const taken: { word: string; at: number; picture: StoredPicture; tail: string; isWhole: boolean }[] = [];
  let text = new Uint8Array(1024);
  let length = 0;
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  let inRun = false;
  let runStart = 0;
  let picture: StoredPicture | undefined;

  const run = createBase64Run((piece) => {
    if (!picture) {
      picture = store.open();
      const word = `~${nonce}~${pictures.size}~`;
      pictures.set(word, picture);
      // It is long enough: what of it went to the text, in case that it was not, is taken back.
      length = runStart;
      taken.push({ word, at: length, picture, tail: "", isWhole: false });
      append(word);
    }
    picture.write(piece);
  }, held);

  function makeRoom(byteLength: number): void {
    if (length + byteLength <= text.length) return;
    const longer = new Uint8Array(2 * (length + byteLength));
    longer.set(text);
    text = longer;
  }

  function append(ascii: string): void {
    makeRoom(ascii.length);
    for (let index = 0; index < ascii.length; index++) text[length++] = ascii.charCodeAt(index);
  }

  function takeRun(chunk: Uint8Array, start: number): number {
    const end = run.take(chunk, start);
    if (!picture) {
      makeRoom(end - start);
      text.set(chunk.subarray(start, end), length);
      length += end - start;
    }
    if (run.isOver) endRun();
    return end;
  }

  function beginRun(allowBreaks: boolean): void {
    run.begin(allowBreaks);
    inRun = true;
    runStart = length;
    picture = undefined;
  }

  function endRun(): void {
    inRun = false;
    const last = taken.at(-1);
    if (!picture || !last) return;
    const end = run.end();
    last.tail = end.tail;
    last.isWhole = run.isOver && end.text === "";
    append(end.text);
  }

  function hasUriMark(): boolean {
    for (let index = 1; index <= uriMark.length; index++) {
      if (text[length - index] !== uriMark.charCodeAt(uriMark.length - index)) return false;
    }
    return true;
  }

  function takeByte(byte: number): void {
    makeRoom(1);
    text[length++] = byte;
    if (!inString) {
      if (byte === 34) {
        inString = true;
        beginRun(true);
      } else if (byte === 91 || byte === 123) depth++;
      else if (byte === 93 || byte === 125) depth--;
    } else if (isEscaped) isEscaped = false;
    else if (byte === 92) isEscaped = true;
    else if (byte === 34) inString = false;
    else if (byte === 44 && hasUriMark()) beginRun(false);
  }

  return {
    pictures,
    get isComplete() {
      return depth === 0 && !inString && length > 1;
    },
    mentions: (words) =>
      new TextDecoder().decode(text.subarray(Math.max(0, length - 1024), length)).includes(words),
    push(chunk) {
      for (let at = 0; at < chunk.length; ) {
        if (inRun) at = takeRun(chunk, at);
        else takeByte(chunk[at++] ?? 0);
        if (depth > maxDepth || length > maxTextBytes) return oddShape;
      }
      return undefined;
    },
    whole: () => taken.filter(({ isWhole }) => isWhole).map((entry) => entry.picture),
    end() {
      if (inRun) endRun();
      text = text.slice(0, length);
      return new TextDecoder().decode(text);
    },
    async raw() {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      let from = 0;
      if (inRun) endRun();
      for (const { word, at, picture: source, tail } of taken) {
        parts.push(text.slice(from, at));
        for await (const piece of encodedPieces(source, tail)) parts.push(piece);
        from = at + word.length;
      }
      parts.push(text.slice(from, length));
      return parts;
    },
  };
}

/** Spells a picture in base64 again; `tail` is how its last one or two bytes, and the padding, came. */
async function* encodedPieces(picture: StoredPicture, tail: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const end = picture.byteLength - (picture.byteLength % 3);
  for (let at = 0; at < end; at += 196_608) {
    yield encoder.encode(encodeBase64(await picture.slice(at, Math.min(at + 196_608, end))));
  }
  yield encoder.encode(tail);
}
