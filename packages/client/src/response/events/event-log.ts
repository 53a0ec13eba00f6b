import { minRunChars } from "../../bytes/base64-decoder.ts";
import { createByteBuffer } from "../../bytes/byte-buffer.ts";
import { createImageScanner, type ImageScanner } from "../image-scanner.ts";
import { type ImageStore, memoryStore, type StoredImage } from "../image-store.ts";
import type { ParseFailure } from "../json.ts";
import { createSseParser } from "./sse-parser.ts";

/** One event of a stream: its data, with a word for each picture in it. */
export interface RawEvent {
  readonly name: string;
  readonly text: string;
  readonly images: ReadonlyMap<string, StoredImage>;
}

/** Takes the events out of a stream while it arrives, and remembers all that came. */
export interface EventLog {
  /** Takes the next bytes; says why it does not go on. */
  push(chunk: Uint8Array): ParseFailure | undefined;
  /** Ends the stream: what it broke off in counts as an event. */
  end(): void;
  /** Gives the events that are over since the last call. */
  take(): RawEvent[];
  /** Reads the events as they came, with the first comments and whatever else stood beside them. */
  raw(): Promise<Uint8Array<ArrayBuffer>[]>;
}

/** How much is kept of what is no event: a page of text where a stream belongs says what went wrong. */
const maxOtherBytes = 65_536;

/** Where in the record the data of an event with pictures belongs. */
interface Gap {
  readonly at: number;
  readonly scanner: ImageScanner;
}

/** Creates the log of a stream whose pictures go to `store`; previews stay in memory where they are known for it. */
export function createEventLog(store: ImageStore): EventLog {
  const held = new Uint8Array(minRunChars);
  // Without the events' pictures, and without an object for each of thousands of small events.
  const record = createByteBuffer();
  const gaps: Gap[] = [];
  let fresh: RawEvent[] = [];
  let name = "";
  let failure: ParseFailure | undefined;
  let scanner: ImageScanner | undefined;
  let otherBytes = 0;

  function open(): ImageScanner {
    const opened = createImageScanner(
      { open: () => (/partial/.test(name) || opened.mentions("partial_image") ? memoryStore : store).open() },
      held,
    );
    return opened;
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

  const splitter = createSseParser({
    onName(next) {
      name = next;
    },
    onLine(isNext) {
      // Some servers leave out the blank line between two events.
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
      const kept = bytes.subarray(0, maxOtherBytes - otherBytes);
      record.append(kept);
      otherBytes += kept.length;
    },
    onEnd: endEvent,
  });

  return {
    push(chunk) {
      splitter.push(chunk);
      return failure;
    },
    end: () => splitter.end(),
    take() {
      const taken = fresh;
      fresh = [];
      return taken;
    },
    async raw() {
      // What the stream was cut in is part of what came.
      endEvent();
      const parts: Uint8Array<ArrayBuffer>[] = [];
      let from = 0;
      for (const { at, scanner: source } of gaps) {
        parts.push(record.bytes(from, at));
        for (const part of await source.raw()) parts.push(...inLines(part));
        from = at;
      }
      parts.push(record.bytes(from));
      return parts;
    },
  };
}

function* inLines(part: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  let at = 0;
  for (let feed = part.indexOf(10); feed >= 0; feed = part.indexOf(10, at)) {
    yield part.subarray(at, feed + 1);
    yield new TextEncoder().encode("data: ");
    at = feed + 1;
  }
  yield part.subarray(at);
}
