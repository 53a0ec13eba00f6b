import { minRunChars } from "../../bytes/base64-decoder.ts";
import { createByteBuffer } from "../../bytes/byte-buffer.ts";
import { createImageScanner, type ImageScanner, maxTextBytes } from "../image-scanner.ts";
import { type ImageStore, memoryStore, type StoredImage } from "../image-store.ts";
import type { ParseFailure } from "../json.ts";
import { createSseParser } from "./sse-parser.ts";

/** One event of a stream: its data, with a placeholder for each image. */
export interface RawEvent {
  readonly name: string;
  readonly text: string;
  readonly images: ReadonlyMap<string, StoredImage>;
  /** Returns the images that arrived completely, also of an event that is not JSON. */
  completeImages(): readonly StoredImage[];
  /** Returns the data as received, with the base64 of its images. */
  rawText(): Promise<string>;
}

/** Parser of an arriving event stream that also records everything received. */
export interface EventLog {
  /** Parses the next bytes. Returns the reason if parsing has stopped. */
  push(chunk: Uint8Array): ParseFailure | undefined;
  /** Ends the stream; an unterminated event counts as an event. */
  end(): void;
  /** Returns the events completed since the last call. */
  take(): RawEvent[];
  /** Returns the events as received, with the first comments and other lines. */
  raw(): Promise<Uint8Array<ArrayBuffer>[]>;
}

/** How much a stream can have before it is not that of an edit. */
export interface StreamLimits {
  /** A stream of an edit has a few events for each image, and a chat one for each word. */
  readonly maxEvents: number;
  /** Of the data that is not an image. */
  readonly maxTextBytes: number;
  /** Of comments, blank lines and names, besides a quarter of the data. A comment every second is 50 kB in an hour. */
  readonly maxOtherBytes: number;
  /** Partial images stay in memory: anything larger than this is none. */
  readonly maxPartialBytes: number;
}
const defaultLimits: StreamLimits = {
  maxEvents: 100_000,
  maxTextBytes,
  maxOtherBytes: 2_097_152,
  maxPartialBytes: 134_217_728,
};
const tooMuch: ParseFailure = {
  code: "unexpected_response",
  params: {
    summary: "Unexpected response: the stream has too many events, or too much data besides the images.",
  },
};

/** The position in the record where the data of an event with images belongs. */
interface Gap {
  readonly at: number;
  readonly scanner: ImageScanner;
}

/**
 * Creates the log of a stream whose images go to `store`. Recognized partial images stay in memory. While `isStored`,
 * the response is stored elsewhere too, and they are not recorded: previews can go on for hours.
 */
export function createEventLog(
  store: ImageStore,
  isStored: () => boolean = () => false,
  limits: StreamLimits = defaultLimits,
): EventLog {
  const decoderBuffer = new Uint8Array(minRunChars);
  // Excludes the events' images, and needs no object for each of thousands of small events.
  const record = createByteBuffer();
  const gaps: Gap[] = [];
  let fresh: RawEvent[] = [];
  let name = "";
  let failure: ParseFailure | undefined;
  let scanner: ImageScanner | undefined;
  let textBytes = 0;
  let pushedBytes = 0;
  let dataBytes = 0;
  let events = 0;

  function open(): ImageScanner {
    const isPartial = (): boolean => /partial/.test(name) || created.mentions("partial_image");
    const created = createImageScanner(
      { open: () => (isPartial() ? openPartial() : store.open()) },
      decoderBuffer,
    );
    return created;
  }

  function openPartial(): StoredImage {
    const image = memoryStore.open();
    const write = image.write;
    const writeUpToLimit = (chunk: Uint8Array<ArrayBuffer>): void => {
      if (image.byteLength + chunk.length > limits.maxPartialBytes) failure ??= tooMuch;
      else write(chunk);
    };
    // From a variable: see `onWriteError` of the transport on Node.
    image.write = writeUpToLimit;
    return image;
  }

  function scan(bytes: Uint8Array): void {
    dataBytes += bytes.length;
    const reason = scanner?.push(bytes);
    failure ??= reason;
  }

  function endEvent(): void {
    if (!scanner) return;
    const text = scanner.end();
    const { images, completeImages, raw } = scanner;
    fresh.push({
      name,
      text,
      images,
      completeImages,
      rawText: async () => new Blob(await raw()).text(),
    });
    textBytes += text.length;
    events++;
    if (events > limits.maxEvents || textBytes > limits.maxTextBytes) failure ??= tooMuch;
    const isPartial = images.size > 0 && /partial/.test(name + text.slice(0, 1024));
    if (isPartial && isStored()) {
      scanner = undefined;
      return;
    }
    record.appendAscii(`${name && `event: ${name}\n`}data: `);
    if (images.size > 0) gaps.push({ at: record.length, scanner });
    else record.append(new TextEncoder().encode(text.replaceAll("\n", "\ndata: ")));
    record.appendAscii("\n\n");
    scanner = undefined;
  }

  const parser = createSseParser({
    onName(next) {
      name = next;
    },
    onLine(isNext) {
      // Some servers omit the blank line between two events.
      if (isNext && scanner?.isComplete()) {
        endEvent();
        name = "";
      } else if (isNext) scan(Uint8Array.of(10));
      scanner ??= open();
    },
    onData: scan,
    onOther: (bytes) => record.append(bytes),
    onEnd: endEvent,
  });

  return {
    push(chunk) {
      parser.push(chunk);
      pushedBytes += chunk.length;
      if (pushedBytes - dataBytes > limits.maxOtherBytes + dataBytes / 4) failure ??= tooMuch;
      return failure;
    },
    end: () => parser.end(),
    take() {
      const taken = fresh;
      fresh = [];
      return taken;
    },
    async raw() {
      // The event during which the stream was cut is part of the record.
      endEvent();
      const parts: Uint8Array<ArrayBuffer>[] = [];
      let from = 0;
      for (const { at, scanner: source } of gaps) {
        parts.push(record.bytes(from, at));
        for (const part of await source.raw()) parts.push(...asDataLines(part));
        from = at;
      }
      parts.push(record.bytes(from));
      return parts;
    },
  };
}

function* asDataLines(part: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  let at = 0;
  for (let feed = part.indexOf(10); feed >= 0; feed = part.indexOf(10, at)) {
    yield part.subarray(at, feed + 1);
    yield new TextEncoder().encode("data: ");
    at = feed + 1;
  }
  yield part.subarray(at);
}
