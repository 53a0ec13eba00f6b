import { decodeBase64, decodeChar } from "../../bytes/base64.ts";
import { type TextRange, unescapeJson } from "../../errors/sanitize-text.ts";
import { formatOf, isImageFormat } from "../../media/format.ts";

// Over 220 lines: the tokenizer, the search and the image detection share one buffer and one position per byte.
// Splitting them would spread that state over several objects in the inner loop, whose time must stay linear.

/** Format a body is read as: JSON, server-sent events, or whatever its first bytes say. */
export type BodyKind = "json" | "events" | "bytes";

/** Segment of a body: a string or another value of JSON, a member's name, or a line that is not JSON. */
export interface Segment {
  /** Latin-1, as it is written: one character for a byte, escapes included. */
  readonly text: string;
  readonly role: "name" | "string" | "value" | "line";
  /** The member that it is the value of, or the field of the event; values of one name are read on. */
  readonly name: string;
  /** What the value or values before it ended with, when the segment starts here. */
  readonly before: readonly string[];
  /** Neither a part of a long string nor beside an image. */
  readonly isComplete: boolean;
}

/** Finds what must not be forwarded in a segment. */
export type FindInSegment = (segment: Segment) => readonly TextRange[];

/** Overwrites parts of a body that passes in chunks. The length stays, JSON stays JSON, and images stay as they are. */
export interface BodyRedactor {
  /** Returns what can be forwarded: all, less the end of a text that has not ended. */
  push(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/** A text is searched when it ends, or in parts of this many bytes. */
const maxHeldBytes = 4096;
/** How much of a part stays for the next one: more than any spelling of what is searched for, as a rule. */
const overlapBytes = 512;
/** How much of the text before is searched again, so that what is cut in two is found. */
const tailBytes = 96;
/** An image of fewer base64 characters is none: the smallest PNG has 90. */
const probeChars = 40;
/** As many characters when each is an escape. */
const probeBytes = 6 * probeChars;
const byteOrderMark: readonly number[] = [0xef, 0xbb, 0xbf];
const eventFields = ["data:", "event:", "id:", "retry:", ":"];

const [tab, newline, carriageReturn, space, quote, comma, equals, backslash] = [
  9, 10, 13, 32, 34, 44, 61, 92,
];

/**
 * Creates the redactor of one body. It splits the body into segments by a tokenizer that never fails, holds each until
 * it can be searched, and forwards base64 that begins like an image untouched. Time is linear, whatever the chunks.
 */
export function createBodyRedactor(kind: BodyKind, find: FindInSegment): BodyRedactor {
  let out = new Uint8Array(0);
  let outLength = 0;
  /** The bytes of the segment that are not forwarded yet. */
  const held = new Uint8Array(maxHeldBytes + 8);
  let count = 0;
  let place: "first" | "field" | "start" | "between" | "string" | "value" | "line" | "image" | "binary" =
    kind === "events" ? "field" : kind === "bytes" ? "first" : "start";
  /** Where an image would begin in `held`. */
  let probeAt = -1;
  let isEscaped = false;
  /** Nothing of the string was forwarded, and nothing of it is an image. */
  let isIntact = true;
  /** What the image is a part of. */
  let around: "string" | "line" = "string";
  let isPadded = false;
  // Where in the JSON this is.
  const open: number[] = [];
  let lastMark = 0;
  let memberName = "";
  let field = "";
  let wasReturn = false;
  const tails = new Map<string, string>();
  let lastTail = "";

  function emit(bytes: Uint8Array): void {
    out.set(bytes, outLength);
    outLength += bytes.length;
  }

  function emitByte(byte: number): void {
    out[outLength++] = byte;
  }

  function begin(next: "string" | "value" | "line"): void {
    place = next;
    count = 0;
    probeAt = next === "value" ? -1 : 0;
    isEscaped = false;
    isIntact = true;
  }

  function role(): Segment["role"] {
    if (place !== "string") return place === "value" ? "value" : "line";
    return open.at(-1) === 123 && lastMark !== 58 ? "name" : "string";
  }

  /** Searches what is held and forwards it, all of it when the segment ends here. */
  function settle(isEnd: boolean, until = count): void {
    const text = latin1(held.subarray(0, until));
    const is = role();
    const name = is === "line" ? `\n${field}` : memberName;
    const isRead = is === "string" || is === "line";
    const before = isRead ? [...new Set([tails.get(name) ?? "", lastTail])].filter(Boolean) : [];
    const isComplete = isIntact && isEnd;
    const segment: Segment = { text, role: is, name, before: isIntact ? before : [], isComplete };
    const ranges = find(segment).map((range) => (place === "string" ? alignToEscapes(text, range) : range));
    let cut = isEnd ? until : Math.min(until - overlapBytes, probeAt < 0 ? until : probeAt);
    if (!isEnd) {
      const split = ranges.find(({ start, end }) => start > 0 && start < cut && end > cut);
      cut = alignToEscapes(text, { start: split?.start ?? cut, end: until }).start;
    }
    for (const { start, end } of ranges) if (start < cut) hide(held, start, Math.min(end, until), is);
    emit(held.subarray(0, cut));
    held.copyWithin(0, cut, count);
    count -= cut;
    if (probeAt >= 0) probeAt -= cut;
    if (isEnd && isRead) {
      const last = (known: string): string => (isComplete ? known + text : text).slice(-tailBytes);
      if (tails.size > 999) tails.clear();
      tails.set(name, last(tails.get(name) ?? ""));
      lastTail = last(lastTail);
    }
    if (isEnd && is === "name") memberName = isComplete ? unescapeJson(text).text.slice(0, 64) : "";
    isIntact = false;
  }

  function finish(): void {
    probe();
    if (place === "image") {
      finishImage();
      return;
    }
    if (count > 0 || place === "string") settle(true);
    probeAt = -1;
  }

  function finishImage(): void {
    emit(held.subarray(0, count));
    count = 0;
    place = around;
    isIntact = false;
  }

  /** Looks whether an image begins at `probeAt`; if one does, what comes before it is settled. */
  function probe(): boolean {
    const at = probeAt;
    probeAt = -1;
    if (at < 0 || !beginsImage(latin1(held.subarray(at, Math.min(count, at + probeBytes))))) return false;
    const rest = held.slice(at, count);
    count = at;
    isIntact = false;
    if (at > 0) settle(true);
    around = place === "string" ? "string" : "line";
    place = "image";
    isPadded = isEscaped = false;
    count = 0;
    for (const byte of rest) take(byte);
    return true;
  }

  /** Returns whether a byte ends `base64,`, which may be written in escapes. */
  function endsUriHead(byte: number): boolean {
    const isHex = (byte === 67 || byte === 99) && held[count - 6] === backslash;
    if (byte !== comma && !isHex) return false;
    const recent = latin1(held.subarray(Math.max(0, count - 42), count));
    return /(?:,|\\u002c)$/i.test(recent) && unescapeJson(recent).text.endsWith("base64,");
  }

  function append(byte: number): void {
    held[count++] = byte;
    if (endsUriHead(byte) || (byte === quote && place === "line")) {
      if (!probe()) probeAt = count;
    } else if (probeAt >= 0 && count - probeAt >= probeBytes) probe();
    if (place !== "image" && count >= maxHeldBytes) settle(false);
  }

  /** Takes a byte of an image; `false` when the image ends before it. */
  function takeImage(byte: number): boolean {
    if (count === 1 && (byte === newline || byte === carriageReturn)) {
      finishImage();
      return false;
    }
    if (count > 0) {
      held[count++] = byte;
      if (held[1] === 117 && count < 6) return true; // \u0041
      const char = unescapeJson(latin1(held.subarray(0, count))).text;
      const isBreak = /^[nrt]$/.test(String.fromCharCode(held[1] ?? 0));
      if (isBreak || isImageChar(char.charCodeAt(0))) {
        emit(held.subarray(0, count));
        count = 0;
      } else {
        // It ends the image, and text goes on with it.
        place = around;
        isIntact = false;
      }
      return true;
    }
    if (byte === backslash && around === "string") {
      held[count++] = byte;
      return true;
    }
    if (!isImageChar(byte)) return false;
    emitByte(byte);
    return true;
  }

  function isImageChar(code: number): boolean {
    if (code === equals) isPadded = true;
    return code === equals || (!isPadded && decodeChar(code) < 64);
  }

  function takeStructure(byte: number): void {
    if (byte === quote) {
      emitByte(byte);
      begin("string");
      return;
    }
    if (isSpace(byte)) {
      emitByte(byte);
      return;
    }
    if (isMark(byte)) {
      if (byte === 123 || byte === 91) open.push(byte);
      if (byte === 125 || byte === 93) open.pop();
      lastMark = byte;
      emitByte(byte);
      return;
    }
    begin("value");
    append(byte);
  }

  function takeLineEnd(byte: number): void {
    emitByte(byte);
    const isSecond = byte === newline && wasReturn;
    wasReturn = byte === carriageReturn;
    if (isSecond) return;
    if (kind !== "events") {
      if (place !== "between") place = "start";
      return;
    }
    // An empty line ends an event, whatever of its JSON is missing.
    if (place === "field") open.length = lastMark = 0;
    place = "field";
    count = 0;
  }

  function take(byte: number): void {
    if (place === "binary") {
      emitByte(byte);
      return;
    }
    if (place === "image") {
      if (takeImage(byte)) return;
      place = around;
      isIntact = isEscaped = false;
      probeAt = -1;
      count = 0;
    }
    if (place === "first") {
      held[count++] = byte;
      if (count === 16) decideFirst();
      return;
    }
    const isLineEnd = byte === newline || byte === carriageReturn;
    if (!isLineEnd) wasReturn = false;
    if (place === "string") {
      if (byte === quote && !isEscaped) {
        finish();
        place = "between";
        // A value was read: the next string of an object is a name only after a comma.
        emitByte(byte);
        return;
      }
      // No string of JSON goes over a line: this one was cut.
      if (isLineEnd) {
        finish();
        place = "between";
        takeLineEnd(byte);
        return;
      }
      isEscaped = byte === backslash && !isEscaped;
      append(byte);
      return;
    }
    if (place === "value") {
      if (byte !== quote && !isSpace(byte) && !isMark(byte)) {
        append(byte);
        return;
      }
      finish();
      place = "between";
    }
    if (isLineEnd) {
      if (place === "line" || (place === "field" && count > 0)) {
        if (place === "field") place = "line";
        finish();
        place = "line";
      }
      takeLineEnd(byte);
      return;
    }
    if (place === "line") {
      append(byte);
      return;
    }
    if (place === "between") {
      takeStructure(byte);
      return;
    }
    if (place === "field") {
      takeField(byte);
      return;
    }
    // The first byte of a line tells whether it is JSON.
    if (byte === space || byte === tab || byteOrderMark.includes(byte)) {
      emitByte(byte);
      return;
    }
    if (byte === quote || isMark(byte)) {
      place = "between";
      takeStructure(byte);
      return;
    }
    begin("line");
    append(byte);
  }

  function takeField(byte: number): void {
    held[count++] = byte;
    const seen = latin1(held.subarray(0, count));
    if (eventFields.includes(seen)) {
      field = seen;
      emit(held.subarray(0, count));
      count = 0;
      place = "start";
    } else if (!eventFields.some((name) => name.startsWith(seen))) {
      field = "";
      const bytes = held.slice(0, count);
      begin("line");
      for (const one of bytes) append(one);
    }
  }

  /** A body of unknown type: an image as such goes through untouched. */
  function decideFirst(): void {
    const bytes = held.slice(0, count);
    count = 0;
    place = isImage(bytes) ? "binary" : "start";
    for (const byte of bytes) take(byte);
  }

  return {
    push(chunk) {
      if (place === "binary") return chunk;
      out = new Uint8Array(count + chunk.length);
      outLength = 0;
      for (let at = 0; at < chunk.length; at++) {
        if (place === "image" && count === 0 && !isPadded) {
          // Nearly all bytes of a body: one look at each, and one copy.
          const from = at;
          while (at < chunk.length && decodeChar(chunk[at] ?? 0) < 64) at++;
          emit(chunk.subarray(from, at));
          if (at === chunk.length) break;
        }
        if (place === "string" && probeAt < 0 && !isEscaped) {
          const from = at;
          const end = Math.min(chunk.length, at + maxHeldBytes - 1 - count);
          while (at < end && isPlain[chunk[at] ?? 0] === 1) at++;
          held.set(chunk.subarray(from, at), count);
          count += at - from;
          if (at === chunk.length) break;
        }
        take(chunk[at] ?? 0);
      }
      return out.subarray(0, outLength);
    },
    end() {
      out = new Uint8Array(count);
      outLength = 0;
      if (place === "first") decideFirst();
      if (place === "field" && count > 0) place = "line";
      if (place === "string" || place === "value" || place === "line" || place === "image") finish();
      return out.subarray(0, outLength);
    },
  };
}

/** Marks bytes of a string that neither end it nor begin anything. */
const isPlain = new Uint8Array(256).fill(1);
for (const byte of [newline, carriageReturn, quote, comma, backslash, 67, 99]) isPlain[byte] = 0;

/** Overwrites bytes so that JSON stays JSON: a number stays one. */
function hide(bytes: Uint8Array, start: number, end: number, role: Segment["role"]): void {
  for (let at = start; at < end; at++) {
    if (role !== "value") bytes[at] = 42;
    else if (isDigit(bytes[at] ?? 0)) bytes[at] = 49;
    else if (decodeChar(bytes[at] ?? 0) < 62) bytes[at] = 42;
  }
}

/** Widens a range to the escapes that it begins and ends in: half of one would spoil the string. */
function alignToEscapes(text: string, { start, end }: TextRange): TextRange {
  return { start: escapeAround(text, start)?.start ?? start, end: escapeAround(text, end)?.end ?? end };
}

function escapeAround(text: string, at: number): TextRange | undefined {
  for (let start = at - 1; start >= Math.max(0, at - 5); start--) {
    if (text[start] !== "\\") continue;
    let first = start;
    while (text[first - 1] === "\\") first--;
    if ((start - first) % 2 === 1) continue;
    const end = Math.min(text.length, start + (text[start + 1] === "u" ? 6 : 2));
    return end > at ? { start, end } : undefined;
  }
  return undefined;
}

/** Returns whether the text, as it stands in JSON, begins with base64 of an image. */
function beginsImage(text: string): boolean {
  const chars = unescapeJson(text).text.replace(/\s+/g, "").slice(0, probeChars);
  if (chars.length < probeChars || /[^\w+/=-]/.test(chars)) return false;
  const bytes = decodeBase64(new TextEncoder().encode(chars));
  // An SVG may have a declaration that is longer than what is probed.
  return bytes !== undefined && (isImage(bytes) || formatOf(bytes) === "xml");
}

function isImage(bytes: Uint8Array): boolean {
  return isImageFormat(formatOf(bytes));
}

function isSpace(byte: number): boolean {
  return byte === space || byte === tab || byte === newline || byte === carriageReturn;
}

/** Returns whether a byte is one of `{}[]:,`. */
function isMark(byte: number): boolean {
  return byte === 123 || byte === 125 || byte === 91 || byte === 93 || byte === 58 || byte === comma;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

/** Reads bytes one by one: `TextDecoder` takes Latin-1 for Windows-1252. */
function latin1(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}
