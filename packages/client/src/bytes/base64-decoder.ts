import { decodeBase64, decodeBase64Into, decodeChar, indexOfByte } from "./base64.ts";

/** Runs shorter than this stay in the JSON text: a short string may as well be a word as an image. */
export const minRunChars = 4096;
/** A failed native decode wastes its window, so the window is never larger than the run decoded so far. */
const maxWindowBytes = 65_536;
const minWindowBytes = 1024;
const escapes: Readonly<Record<string, number>> = { "\\/": 47, "\\n": 10, "\\r": 13, "\\t": 9, "\\f": 12 };

/** Incremental decoder of consecutive runs of base64. */
export interface Base64Decoder {
  /** Begins a run. Line breaks and tabs are skipped when `allowBreaks` is set, and end it otherwise. */
  begin(allowBreaks: boolean): void;
  /** Consumes bytes from `start` and returns the index of the first unconsumed one; `isOver` gives the reason. */
  take(chunk: Uint8Array, start: number): number;
  /** Whether `take` found a byte that is not part of the run, usually the closing quote of its string. */
  readonly isOver: boolean;
  /**
   * Ends a run that wrote something. `text` is invalid base64 at its end, if any, and stays text. `tail` is the
   * received encoding of the characters after its last complete group of four.
   */
  end(): { text: string; tail: string };
}

/**
 * Creates a decoder of base64 inside JSON strings, for any alphabet, escapes and chunk boundaries. It passes decoded
 * chunks to `write` as they arrive; the first one means that the run is long enough. Decoders that never run
 * concurrently can share `buffer`, of {@link minRunChars} bytes. After the first chunk, `reserve` may return a place
 * for the given number of bytes, into which the next ones are decoded before `write` gets them.
 */
export function createBase64Decoder(
  write: (decoded: Uint8Array<ArrayBuffer>) => void,
  buffer: Uint8Array = new Uint8Array(minRunChars),
  reserve?: (byteLength: number) => Uint8Array<ArrayBuffer> | undefined,
): Base64Decoder {
  let count = 0;
  let taken = 0;
  let isLong = false;
  let breaksAllowed = false;
  let escapeText = "";
  let padding = "";

  function flush(length: number): void {
    const decoded = decodeBase64(buffer.subarray(0, length));
    if (decoded?.length) write(decoded);
    buffer.copyWithin(0, length, count);
    count -= length;
    taken += length;
    isLong = true;
  }

  /** Consumes one unescaped character, unless the run ends before it. */
  function accept(code: number): boolean {
    if (breaksAllowed && code >= 9 && code <= 13 && code !== 11) return true;
    if (code === 61 && padding.length < 2) padding += "=";
    else if (padding || decodeChar(code) > 63) return false;
    else buffer[count++] = code;
    if (count === minRunChars) flush(count);
    return true;
  }

  function takeOne(code: number): boolean {
    if (escapeText) {
      escapeText += String.fromCharCode(code);
      if (escapeText[1] === "u" && escapeText.length < 6) return true;
      if (!accept(codeOf(escapeText))) return false;
      escapeText = "";
    } else if (code === 92) escapeText = "\\";
    // A control character is not allowed in a string: it stays in the text, and the JSON parser rejects it.
    else return code >= 32 && accept(code);
    return true;
  }

  /** Consumes consecutive characters of an alphabet, as many as the buffer can take; most characters are. */
  function takePlain(chunk: Uint8Array, start: number): number {
    const end = Math.min(chunk.length, start + minRunChars - 1 - count);
    let at = start;
    for (; at < end; at++) {
      const code = chunk[at] ?? 0;
      if (decodeChar(code) > 63) break;
      buffer[count++] = code;
    }
    return at;
  }

  function decode(chars: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const target = reserve?.((chars.length * 3) >> 2);
    if (!target) return decodeBase64(chars);
    return decodeBase64Into(chars, target) ? target : undefined;
  }

  function takeWindow(chunk: Uint8Array, start: number): number {
    const window = chunk.subarray(start, start + Math.min(taken, maxWindowBytes));
    let end = indexOfByte(window, 34);
    if (end < 0) end = window.length;
    else while (end > 0 && window[end - 1] === 61) end--; // padding is taken byte by byte
    const length = end & ~3;
    if (length < minWindowBytes) return start;
    // What was collected comes first; a window that is rejected is collected after it.
    if (count) flush(count);
    const decoded = decode(window.subarray(0, length));
    if (!decoded) return start;
    write(decoded);
    taken += length;
    return start + length;
  }

  const decoder: Base64Decoder & { isOver: boolean } = {
    isOver: false,
    begin(allowBreaks) {
      count = taken = 0;
      isLong = decoder.isOver = false;
      breaksAllowed = allowBreaks;
      escapeText = padding = "";
    },
    take(chunk, start) {
      let at = start;
      let tryAt = start;
      while (at < chunk.length) {
        const isPlain = !escapeText && !padding;
        const canTry = isLong && isPlain && at >= tryAt && chunk.length - at >= minWindowBytes;
        if (canTry && count % 4 === 0) {
          const next = takeWindow(chunk, at);
          tryAt = next === at ? at + maxWindowBytes : next;
          at = next;
          continue;
        }
        if (isPlain && !canTry) at = takePlain(chunk, at);
        if (at === chunk.length) break;
        const hadEscape = escapeText !== "";
        if (!takeOne(chunk[at] ?? 0)) {
          decoder.isOver = true;
          // The byte that ends the run belongs to the string, unless it completed an escape, which `end` returns.
          return hadEscape ? at + 1 : at;
        }
        at++;
      }
      return at;
    },
    end() {
      const whole = count - (count % 4);
      const tail = String.fromCharCode(...buffer.subarray(whole, count)) + padding;
      const isBroken = !decoder.isOver || count % 4 === 1;
      // A truncated run may end in the middle of a byte.
      flush(isBroken ? whole : count);
      return isBroken ? { text: tail + escapeText, tail: "" } : { text: escapeText, tail };
    },
  };
  return decoder;
}

function codeOf(escapeText: string): number {
  return /^\\u[0-9a-f]{4}$/i.test(escapeText)
    ? Number.parseInt(escapeText.slice(2), 16)
    : (escapes[escapeText] ?? -1);
}
