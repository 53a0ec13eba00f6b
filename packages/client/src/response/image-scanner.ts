import { encodeBase64 } from "../bytes/base64.ts";
import { createBase64Decoder, minRunChars } from "../bytes/base64-decoder.ts";
import { createByteBuffer } from "../bytes/byte-buffer.ts";
import { placeholder } from "../errors/sanitize-text.ts";
import type { ImageStore, StoredImage } from "./image-store.ts";
import { maxValues, type ParseFailure } from "./json.ts";

/** The most JSON besides the images, in bytes: anything longer is not a response of this endpoint. */
export const maxTextBytes = 16_777_216;
const maxDepth = 512;
const unexpectedShape: ParseFailure = {
  code: "unexpected_response",
  params: { summary: "Unexpected response: too much data besides the images." },
};

/** Incremental scanner that extracts the images from an arriving JSON document. */
export interface ImageScanner {
  /** Scans the next bytes, in chunks of any size. Returns the reason if the document is not a valid response. */
  push(chunk: Uint8Array): ParseFailure | undefined;
  /** Ends the document and returns its text, with each image replaced by its placeholder, a key of `images`. */
  end(): string;
  readonly images: ReadonlyMap<string, StoredImage>;
  /** Returns whether the text so far is a complete object or array. */
  isComplete(): boolean;
  /** Returns whether the last part of the text so far contains `search`. */
  mentions(search: string): boolean;
  /** Returns the images that have arrived completely. */
  completeImages(): readonly StoredImage[];
  /**
   * Returns the document as received so far. Base64 is returned in the standard alphabet, without escapes and line
   * breaks; everything else is returned byte for byte.
   */
  raw(): Promise<Uint8Array<ArrayBuffer>[]>;
}

/** A document whose images were extracted. */
export type ScannedDocument = Pick<ImageScanner, "end" | "images" | "raw">;

/**
 * Creates a scanner that decodes every long base64 string, and every long `data:` URI in a string, into `store`.
 * Short strings stay in the text. Interpreting strings is left to `JSON.parse`, so that keys, escapes, order and
 * duplicates are never interpreted twice.
 *
 * @example
 * const scanner = createImageScanner(memoryStore);
 * for await (const chunk of body) scanner.push(chunk);
 * const json = JSON.parse(scanner.end());
 * const image = scanner.images.get(json.data[0].b64_json);
 */
export function createImageScanner(store: ImageStore, buffer?: Uint8Array): ImageScanner {
  const nonce = Math.random().toString(36).slice(2);
  const images = new Map<string, StoredImage>();
  const entries: { token: string; at: number; image: StoredImage; tail: string; isComplete: boolean }[] = [];
  const text = createByteBuffer();
  let depth = 0;
  let values = 0;
  let inString = false;
  let isEscaped = false;
  let inRun = false;
  let runStart = 0;
  let image: StoredImage | undefined;

  const write = (chunk: Uint8Array<ArrayBuffer>): void => {
    if (!image) {
      image = store.open();
      const token = placeholder(nonce, images.size);
      images.set(token, image);
      // The run is long enough: remove its beginning, which was added to the text in case it was not.
      text.truncate(runStart);
      entries.push({ token, at: runStart, image, tail: "", isComplete: false });
      text.appendAscii(token);
    }
    image.write(chunk);
  };
  const decoder = createBase64Decoder(write, buffer, (byteLength) => image?.reserve?.(byteLength));

  function takeRun(chunk: Uint8Array, start: number): number {
    const end = decoder.take(chunk, start);
    if (!image) text.append(chunk.subarray(start, end));
    if (decoder.isOver) endRun();
    return end;
  }

  function beginRun(allowBreaks: boolean): void {
    decoder.begin(allowBreaks);
    inRun = true;
    runStart = text.length;
    image = undefined;
  }

  function endRun(): void {
    inRun = false;
    const last = entries.at(-1);
    if (!image || !last) return;
    const end = decoder.end();
    last.tail = end.tail;
    last.isComplete = decoder.isOver && end.text === "";
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
    isComplete: () => values > 0 && depth === 0 && !inString,
    mentions: (search) => text.text(Math.max(0, text.length - 1024)).includes(search),
    push(chunk) {
      for (let at = 0; at < chunk.length; ) {
        if (inRun) at = takeRun(chunk, at);
        else takeByte(chunk[at++] ?? 0);
        if (depth > maxDepth || values > maxValues || text.length > maxTextBytes) return unexpectedShape;
      }
      return undefined;
    },
    completeImages: () => entries.filter(({ isComplete }) => isComplete).map((entry) => entry.image),
    end() {
      if (inRun) endRun();
      return text.text();
    },
    async raw() {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      let from = 0;
      if (inRun) endRun();
      for (const { token, at, image: source, tail } of entries) {
        parts.push(text.bytes(from, at));
        for await (const chunk of encodedChunks(source, tail)) parts.push(chunk);
        from = at + token.length;
      }
      parts.push(text.bytes(from));
      return parts;
    },
  };
}

const noImages: ReadonlyMap<string, StoredImage> = new Map();
const decoder = new TextDecoder();

/** Returns the scanner of a complete document that is too short for an image to extract, and that cannot be too deep. */
export function scanSmall(document: Uint8Array): ScannedDocument | undefined {
  if (document.length >= minRunChars) return undefined;
  const text = decoder.decode(document);
  if (text.split(/[[{]/, maxDepth + 2).length > maxDepth + 1) return undefined;
  return { images: noImages, end: () => text, raw: async () => [new Uint8Array(document)] };
}

/** Yields an image as base64 again; `tail` is the received encoding of its last one or two bytes, with padding. */
async function* encodedChunks(image: StoredImage, tail: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const end = image.byteLength - (image.byteLength % 3);
  for (let at = 0; at < end; at += 196_608) {
    yield encoder.encode(encodeBase64(await image.slice(at, Math.min(at + 196_608, end))));
  }
  yield encoder.encode(tail);
}
