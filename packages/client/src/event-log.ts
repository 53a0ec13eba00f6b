import { minRunChars } from "./base64-run.ts";
import type { AnswerFailure } from "./parse-answer.ts";
import { memoryStore, type PictureStore } from "./picture-store.ts";
import { type AnswerScanner, createAnswerScanner } from "./scan-answer.ts";
import { createEventSplitter } from "./split-events.ts";

/** One event of a stream, its pictures decoded. */
export interface LoggedEvent {
  readonly name: string;
  readonly scanner: AnswerScanner;
}

/** Takes the events out of a stream while it arrives, and remembers all that came. */
export interface EventLog {
  /** Takes the next bytes; says why it does not go on. */
  push(chunk: Uint8Array): AnswerFailure | undefined;
  /** Ends the stream: what it broke off in counts as an event. */
  end(): void;
  /** Gives the events that are over since the last call. */
  take(): LoggedEvent[];
  /** Reads the events as they came, comments and unknown fields left out. */
  raw(): Promise<Uint8Array<ArrayBuffer>[]>;
}

const lineFeed = 10;

/** Creates the log of a stream whose pictures go to `store`; previews stay in memory where they are known for it. */
export function createEventLog(store: PictureStore): EventLog {
  const held = new Uint8Array(minRunChars);
  const events: LoggedEvent[] = [];
  let taken = 0;
  let name = "";
  let failure: AnswerFailure | undefined;
  let scanner: AnswerScanner | undefined;

  function open(): AnswerScanner {
    const created = createAnswerScanner(
      {
        open: () => (/partial/.test(name) || created.mentions("partial_image") ? memoryStore : store).open(),
      },
      held,
    );
    return created;
  }

  function endEvent(): void {
    if (scanner) events.push({ name, scanner });
    scanner = undefined;
  }

  const splitter = createEventSplitter({
    onName(next) {
      name = next;
    },
    onLine(isNext) {
      // Some servers leave out the blank line between two events.
      if (isNext && scanner?.isComplete) {
        endEvent();
        name = "";
      } else if (isNext) failure ??= scanner?.push(Uint8Array.of(lineFeed));
      scanner ??= open();
    },
    onData(bytes) {
      failure ??= scanner?.push(bytes);
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
      const fresh = events.slice(taken);
      taken = events.length;
      return fresh;
    },
    async raw() {
      const encoder = new TextEncoder();
      const parts: Uint8Array<ArrayBuffer>[] = [];
      for (const event of scanner ? [...events, { name, scanner }] : events) {
        parts.push(encoder.encode(`${event.name && `event: ${event.name}\n`}data: `));
        for (const part of await event.scanner.raw()) parts.push(...inLines(part, encoder.encode("data: ")));
        parts.push(encoder.encode("\n\n"));
      }
      return parts;
    },
  };
}

function* inLines(
  part: Uint8Array<ArrayBuffer>,
  prefix: Uint8Array<ArrayBuffer>,
): Generator<Uint8Array<ArrayBuffer>> {
  let at = 0;
  for (let feed = part.indexOf(lineFeed); feed >= 0; feed = part.indexOf(lineFeed, at)) {
    yield part.subarray(at, feed + 1);
    yield prefix;
    at = feed + 1;
  }
  yield part.subarray(at);
}
