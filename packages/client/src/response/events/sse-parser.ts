/** Incremental parser of server-sent events: the bytes of each event's data are passed on as they arrive. */
export interface SseParser {
  push(chunk: Uint8Array): void;
  /** Ends the stream; an event without a closing blank line counts too, because it may have been billed. */
  end(): void;
}

/** Callbacks for the contents of a stream. */
export interface SseHandlers {
  /** An `event:` line has ended or, with an empty name, the event that it named. */
  onName(name: string): void;
  /** A data line begins. `isNext` means that it is not the first of its event. */
  onLine(isNext: boolean): void;
  onData(bytes: Uint8Array): void;
  /** The first bytes of comments, unknown fields and lines that are not fields, at most 65,536. */
  onOther(bytes: Uint8Array): void;
  /** An event that had data has ended. */
  onEnd(): void;
}

/** A text page instead of a stream explains what went wrong; comments can go on for hours. */
const maxOtherBytes = 65_536;
const lineFeed = 10;
const carriageReturn = 13;
const maxNameChars = 200;
/** One more than `event` after a byte order mark: anything this long is not a known field. */
const maxFieldChars = 9;

/**
 * Creates a parser that follows the HTML standard (https://html.spec.whatwg.org/#event-stream-interpretation). Lines
 * end with LF, CR or CRLF. One space after the colon is dropped. Comments and unknown fields are ignored. A byte order
 * mark may come first.
 */
export function createSseParser({ onName, onLine, onData, onOther, onEnd }: SseHandlers): SseParser {
  let field = "";
  let inValue = false;
  let isValueStart = false;
  let name = "";
  let isName = false;
  let isData = false;
  let hasData = false;
  let afterReturn = false;
  let isFirstLine = true;

  let otherBytes = 0;
  const emitOther = (given: Uint8Array | string): void => {
    if (otherBytes >= maxOtherBytes) return;
    const bytes = typeof given === "string" ? Uint8Array.from(given, (char) => char.charCodeAt(0)) : given;
    onOther(bytes.subarray(0, maxOtherBytes - otherBytes));
    otherBytes += bytes.length;
  };

  function beginValue(mark = ""): void {
    if (isFirstLine) field = field.replace(/^\u00ef\u00bb\u00bf/, "");
    isName = field === "event";
    isData = field === "data";
    if (isName) name = "";
    if (isData) onLine(hasData);
    hasData ||= isData;
    if (!isData && !isName) emitOther(field + mark);
    inValue = isValueStart = true;
  }

  function endLine(): void {
    if (!inValue && field !== "" && field !== "\u00ef\u00bb\u00bf") beginValue();
    else if (!inValue) endEvent();
    if (isName) onName(name);
    else if (inValue && !isData) emitOther("\n");
    field = "";
    inValue = isFirstLine = isName = isData = false;
  }

  function endEvent(): void {
    if (hasData) onEnd();
    onName("");
    hasData = false;
  }

  function takeValue(bytes: Uint8Array): void {
    if (!isData && !isName) {
      emitOther(bytes);
      return;
    }
    const value = isValueStart && bytes[0] === 32 ? bytes.subarray(1) : bytes;
    isValueStart = false;
    if (isData && value.length) onData(value);
    // The same part of a long name, however it was cut into chunks.
    if (isName) name += String.fromCharCode(...value.subarray(0, maxNameChars - name.length));
  }

  return {
    push(chunk) {
      let nextFeed = -1;
      let nextReturn = -1;
      for (let at = 0; at < chunk.length; ) {
        const byte = chunk[at] ?? 0;
        const isEnd = byte === lineFeed || byte === carriageReturn;
        if (byte === lineFeed && afterReturn) at++;
        else if (isEnd) {
          endLine();
          at++;
        } else if (!inValue) {
          if (byte === 58) beginValue(":");
          else if (field.length < maxFieldChars) field += String.fromCharCode(byte);
          else {
            beginValue();
            continue;
          }
          at++;
        } else {
          // Each is searched for once per line, or once per chunk without one: bytes are never scanned twice.
          if (nextFeed < at) nextFeed = indexOf(chunk, lineFeed, at);
          if (nextReturn < at) nextReturn = indexOf(chunk, carriageReturn, at);
          const end = Math.min(nextFeed, nextReturn);
          takeValue(chunk.subarray(at, end));
          at = end;
        }
        afterReturn = byte === carriageReturn;
      }
    },
    end() {
      if (inValue || field !== "") endLine();
      endEvent();
    },
  };
}

function indexOf(chunk: Uint8Array, byte: number, from: number): number {
  const index = chunk.indexOf(byte, from);
  return index < 0 ? chunk.length : index;
}
