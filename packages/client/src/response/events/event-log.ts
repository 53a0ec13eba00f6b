import { minRunChars } from "../../bytes/base64-decoder.ts";
import { createByteBuffer } from "../../bytes/byte-buffer.ts";
import { createImageScanner, type ImageScanner } from "../image-scanner.ts";
import { type ImageStore, memoryStore, type StoredImage } from "../image-store.ts";
import type { ParseFailure } from "../json.ts";
import { createSseParser } from "./sse-parser.ts";

/** One event of a stream: its data, with a placeholder for each image. */
export interface RawEvent {
  readonly name: string;
  readonly text: string;
  readonly images: ReadonlyMap<string, StoredImage>;
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

/** How much is recorded of what is not an event: a text page instead of a stream explains what went wrong. */
const maxOtherBytes = 65_536;

/** The position in the record where the data of an event with images belongs. */
interface Gap {
  readonly at: number;
  readonly scanner: ImageScanner;
}

/** Creates the log of a stream whose images go to `store`. Recognized partial images stay in memory. */
export function createEventLog(store: ImageStore): EventLog {
  const decoderBuffer = new Uint8Array(minRunChars);
  // Excludes the events' images, and needs no object for each of thousands of small events.
  const record = createByteBuffer();
  const gaps: Gap[] = [];
  let fresh: RawEvent[] = [];
  let name = "";
  let failure: ParseFailure | undefined;
  let scanner: ImageScanner | undefined;
  let otherBytes = 0;

  function open(): ImageScanner {
    const created = createImageScanner(
      {
        open: () => (/partial/.test(name) || created.mentions("partial_image") ? memoryStore : store).open(),
      },
      decoderBuffer,
    );
    return created;
  }

  function endEvent(): void {
    if (!scanner) return;
    const text = scanner.end();
    const { images } = scanner;
    fresh.push({ name, text, images });
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
      if (isNext && scanner?.isComplete) {
        endEvent();
        name = "";
      } else if (isNext) failure ??= scanner?.push(Uint8Array.of(10));
      scanner ??= open();
    },
    onData(bytes) {
      failure ??= scanner?.push(bytes);
    },
    onOther(bytes) {
      const recorded = bytes.subarray(0, maxOtherBytes - otherBytes);
      record.append(recorded);
      otherBytes += recorded.length;
    },
    onEnd: endEvent,
  });

  return {
    push(chunk) {
      parser.push(chunk);
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
