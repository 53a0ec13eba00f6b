/** Takes server-sent events apart while they arrive: the bytes of each event's data go on as they come. */
export interface EventSplitter {
  push(chunk: Uint8Array): void;
  /** Ends the stream; an event that no blank line closed counts too, because it may have been paid for. */
  end(): void;
}

/** Is told what a stream holds. */
export interface EventHandler {
  /** An `event:` line is over, or, with an empty name, the event that it named. */
  onName(name: string): void;
  /** A line of data begins; it is not the event's first when `isNext` is set. */
  onLine(isNext: boolean): void;
  onData(bytes: Uint8Array): void;
  /** The bytes of comments and unknown fields come by, and of lines that are no fields at all. */
  onOther(bytes: Uint8Array): void;
  /** An event that had data is over. */
  onEnd(): void;
}

const lineFeed = 10;
const carriageReturn = 13;
const maxNameChars = 200;
/** One more than `event` after a byte order mark: what is so long is no field that counts. */
const maxFieldChars = 9;

/**
 * Creates a splitter that follows the HTML standard: lines end with LF, CR or CRLF, one space after the colon is
 * dropped, comments and unknown fields mean nothing, a byte order mark may come first.
 */
export function createSseParser({ onName, onLine, onData, onOther, onEnd }: EventHandler): EventSplitter {
  let field = "";
  let inValue = false;
  let isValueStart = false;
  let name = "";
  let isName = false;
  let isData = false;
  let hasData = false;
  let afterReturn = false;
  let isFirstLine = true;

  const tellOther = (text: string): void => onOther(Uint8Array.from(text, (char) => char.charCodeAt(0)));

  function beginValue(mark = ""): void {
    if (isFirstLine) field = field.replace(/^\u00ef\u00bb\u00bf/, "");
    isName = field === "event";
    isData = field === "data";
    if (isName) name = "";
    if (isData) onLine(hasData);
    hasData ||= isData;
    if (!isData && !isName) tellOther(field + mark);
    inValue = isValueStart = true;
  }

  function endLine(): void {
    if (!inValue && field !== "" && field !== "\u00ef\u00bb\u00bf") beginValue();
    else if (!inValue) endEvent();
    if (isName) onName(name);
    else if (inValue && !isData) tellOther("\n");
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
      onOther(bytes);
      return;
    }
    const value = isValueStart && bytes[0] === 32 ? bytes.subarray(1) : bytes;
    isValueStart = false;
    if (isData && value.length) onData(value);
    if (isName && name.length < maxNameChars) name += String.fromCharCode(...value.subarray(0, maxNameChars));
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
          // Each is searched for once a line, or once a chunk that has none: never again over the same bytes.
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
