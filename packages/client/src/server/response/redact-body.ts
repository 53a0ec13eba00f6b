import { decodeChar } from "../../bytes/base64.ts";
import { unescapeJson } from "../../errors/read-escapes.ts";
import { joinParts } from "../../response/salvage.ts";
import { createSniffer } from "../../response/sniff-body.ts";
import {
  alignToEscapes,
  backslash,
  beginsImage,
  carriageReturn,
  comma,
  equals,
  isImage,
  isPlain,
  isPunctuator,
  isSpace,
  latin1,
  newline,
  overwrite,
  probeBytes,
  quote,
  space,
  tab,
  tailBytes,
} from "./body-bytes.ts";
import type { ResolveLink } from "./resolve-links.ts";
import { searchDocument } from "./search-document.ts";
import type { BodyKind, FindInSegment, Segment } from "./segment.ts";

// Over 220 lines: the tokenizer, the search and the image detection share one buffer and one position per byte.
// Splitting them would spread that state over several objects in the inner loop, whose time must stay linear.
// The functions without that state are in `body-bytes.ts`.

/**
 * Redactor of a body that passes in chunks. The length is unchanged, except where a relative URL becomes complete; JSON
 * stays JSON, and images are unchanged.
 */
export interface BodyRedactor {
  /** Returns the bytes that can be forwarded: all but the end of an incomplete text. */
  push(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/** A longer text is searched in parts of this many bytes. */
const maxBufferBytes = 4096;
/** How much of a part is searched again with the next one: usually more than any encoding of a secret. */
const overlapBytes = 512;
const byteOrderMark: readonly number[] = [0xef, 0xbb, 0xbf];
const eventFields = ["data:", "event:", "id:", "retry:", ":"];

/**
 * Creates the redactor of one body, which is read as what its bytes show, as the client does: servers declare streams as
 * JSON and the reverse. It splits the body into segments by a tokenizer that never fails, buffers each until it can be
 * searched, and forwards base64 that begins like an image unchanged. Time is linear for any chunks.
 */
export function createBodyRedactor(find: FindInSegment, resolveLink?: ResolveLink): BodyRedactor {
  const sniffer = createSniffer();
  const waiting: Uint8Array[] = [];
  let isBlank = true;
  let redactor: BodyRedactor | undefined;
  /** What was forwarded as a complete document, unless more follows. */
  let document: string | undefined;
  const start = (isStream: boolean): Uint8Array[] => {
    const created = createKindRedactor(isStream ? "events" : "document", find, resolveLink);
    redactor = created;
    return waiting.splice(0).map((chunk) => created.push(chunk));
  };
  const resume = (text: string): BodyRedactor => {
    const created = createKindRedactor("document", find, resolveLink);
    created.push(new TextEncoder().encode(text));
    return created;
  };
  return {
    push(chunk) {
      if (document !== undefined) redactor = resume(document);
      document = undefined;
      if (redactor) return redactor.push(chunk);
      if (waiting.length === 0) document = searchDocument(chunk, find, resolveLink);
      if (document !== undefined) return chunk;
      const isStream = sniffer.push(chunk);
      isBlank &&= chunk.every(isSpace);
      if (isBlank) return chunk;
      // A copy while it waits, because the source may use the chunk again.
      waiting.push(isStream === undefined ? chunk.slice() : chunk);
      return isStream === undefined ? new Uint8Array(0) : joinParts(start(isStream));
    },
    end() {
      if (document !== undefined) return new Uint8Array(0);
      const parts = redactor ? [] : start(sniffer.isField());
      return joinParts([...parts, redactor?.end() ?? new Uint8Array(0)]);
    },
  };
}

function createKindRedactor(kind: BodyKind, find: FindInSegment, resolveLink?: ResolveLink): BodyRedactor {
  let out: Uint8Array = new Uint8Array(0);
  let outLength = 0;
  /** The length of the output without complete URLs, and how much they add to it. */
  let planned = 0;
  let extra = 0;
  /** The bytes of the segment that are not yet forwarded. */
  const buffer = new Uint8Array(maxBufferBytes + 8);
  let count = 0;
  let state: "first" | "field" | "start" | "between" | "string" | "value" | "line" | "image" | "binary" =
    kind === "events" ? "field" : "first";
  /** Where an image may begin in `buffer`, or -1. */
  let probeAt = -1;
  let isEscaped = false;
  /** Whether no part of the segment was forwarded, or is an image. */
  let isIntact = true;
  /** The segment that contains the image. */
  let container: "string" | "line" = "string";
  let isPadded = false;
  // The position in the JSON.
  const brackets: number[] = [];
  let lastPunctuator = 0;
  let memberName = "";
  let field = "";
  let wasReturn = false;
  const tails = new Map<string, string>();
  let lastTail = "";

  function start(length: number): void {
    out = new Uint8Array(length);
    planned = length;
    outLength = extra = 0;
  }

  function emit(bytes: Uint8Array): void {
    out.set(bytes, outLength);
    outLength += bytes.length;
  }

  /** Emits what replaces `length` bytes, for which alone `out` has space. */
  function emitLonger(bytes: Uint8Array, length: number): void {
    // The bytes that are still to come keep their space. Doubling keeps the time linear.
    extra += Math.max(0, bytes.length - length);
    if (planned + extra > out.length) {
      const larger = new Uint8Array(2 * (planned + extra));
      larger.set(out.subarray(0, outLength));
      out = larger;
    }
    emit(bytes);
  }

  function emitByte(byte: number): void {
    out[outLength++] = byte;
  }

  function begin(next: "string" | "value" | "line"): void {
    state = next;
    count = 0;
    probeAt = next === "value" ? -1 : 0;
    isEscaped = false;
    isIntact = true;
  }

  function role(): Segment["role"] {
    if (state !== "string") return state === "value" ? "value" : "line";
    return brackets.at(-1) === 123 && lastPunctuator !== 58 ? "name" : "string";
  }

  /** Searches the buffer and forwards as much as possible: everything if the segment ends here. */
  function flush(isEnd: boolean, until = count): void {
    const text = latin1(buffer.subarray(0, until));
    const is = role();
    const name = is === "line" ? `\n${field}` : memberName;
    const isRead = is === "string" || is === "line";
    const before = isRead ? [...new Set([tails.get(name) ?? "", lastTail])].filter(Boolean) : [];
    const isComplete = isIntact && isEnd;
    const segment: Segment = { text, role: is, name, before: isIntact ? before : [], isComplete };
    const ranges = find(segment).map((range) => (state === "string" ? alignToEscapes(text, range) : range));
    let cut = isEnd ? until : Math.min(until - overlapBytes, probeAt < 0 ? until : probeAt);
    if (!isEnd) {
      const split = ranges.find(({ start, end }) => start > 0 && start < cut && end > cut);
      cut = alignToEscapes(text, { start: split?.start ?? cut, end: until }).start;
    }
    for (const { start, end } of ranges) if (start < cut) overwrite(buffer, start, Math.min(end, until), is);
    const part = buffer.subarray(0, cut);
    const complete = isComplete && is === "string" ? resolveLink?.(part, name) : undefined;
    if (complete) emitLonger(complete, cut);
    else emit(part);
    buffer.copyWithin(0, cut, count);
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
    if (state === "image") {
      finishImage();
      return;
    }
    if (count > 0 || state === "string") flush(true);
    probeAt = -1;
  }

  function finishImage(): void {
    emit(buffer.subarray(0, count));
    count = 0;
    state = container;
    isIntact = false;
  }

  /** Checks whether an image begins at `probeAt`. If so, everything before it is forwarded. */
  function probe(): boolean {
    const at = probeAt;
    probeAt = -1;
    if (at < 0 || !beginsImage(latin1(buffer.subarray(at, Math.min(count, at + probeBytes))))) return false;
    const rest = buffer.slice(at, count);
    count = at;
    isIntact = false;
    if (at > 0) flush(true);
    container = state === "string" ? "string" : "line";
    state = "image";
    isPadded = isEscaped = false;
    count = 0;
    for (const byte of rest) take(byte);
    return true;
  }

  /** Returns whether a byte ends `base64,`, which may contain escapes. */
  function endsUriPrefix(byte: number): boolean {
    const isHex = (byte === 67 || byte === 99) && buffer[count - 6] === backslash;
    if (byte !== comma && !isHex) return false;
    const recent = latin1(buffer.subarray(Math.max(0, count - 42), count));
    return /(?:,|\\u002c)$/i.test(recent) && unescapeJson(recent).text.endsWith("base64,");
  }

  function append(byte: number): void {
    buffer[count++] = byte;
    if (endsUriPrefix(byte) || (byte === quote && state === "line")) {
      if (!probe()) probeAt = count;
    } else if (probeAt >= 0 && count - probeAt >= probeBytes) probe();
    if (state !== "image" && count >= maxBufferBytes) flush(false);
  }

  /** Consumes a byte of an image. Returns `false` if the image ends before it. */
  function takeImage(byte: number): boolean {
    if (count === 1 && (byte === newline || byte === carriageReturn)) {
      finishImage();
      return false;
    }
    if (count > 0) {
      buffer[count++] = byte;
      if (buffer[1] === 117 && count < 6) return true; // \u0041
      const char = unescapeJson(latin1(buffer.subarray(0, count))).text;
      const isBreak = /^[nrt]$/.test(String.fromCharCode(buffer[1] ?? 0));
      if (isBreak || isImageChar(char.charCodeAt(0))) {
        emit(buffer.subarray(0, count));
        count = 0;
      } else {
        // It ends the image, and is the first character of the text after it.
        state = container;
        isIntact = false;
      }
      return true;
    }
    if (byte === backslash && container === "string") {
      buffer[count++] = byte;
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
    if (isPunctuator(byte)) {
      if (byte === 123 || byte === 91) brackets.push(byte);
      if (byte === 125 || byte === 93) brackets.pop();
      lastPunctuator = byte;
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
      if (state !== "between") state = "start";
      return;
    }
    // An empty line ends an event, even if its JSON is incomplete.
    if (state === "field") brackets.length = lastPunctuator = 0;
    state = "field";
    count = 0;
  }

  function take(byte: number): void {
    if (state === "binary") {
      emitByte(byte);
      return;
    }
    if (state === "image") {
      if (takeImage(byte)) return;
      state = container;
      isIntact = isEscaped = false;
      probeAt = -1;
      count = 0;
    }
    if (state === "first") {
      // Some servers send whitespace to keep the connection open until the image is made.
      if (count === 0 && isSpace(byte)) {
        emitByte(byte);
        return;
      }
      buffer[count++] = byte;
      if (count === 16) decideFirst();
      return;
    }
    const isLineEnd = byte === newline || byte === carriageReturn;
    if (!isLineEnd) wasReturn = false;
    if (state === "string") {
      if (byte === quote && !isEscaped) {
        finish();
        state = "between";
        // After a value, the next string of an object is a name only after a comma.
        emitByte(byte);
        return;
      }
      // A string in JSON has no line break: this one is truncated.
      if (isLineEnd) {
        finish();
        state = "between";
        takeLineEnd(byte);
        return;
      }
      isEscaped = byte === backslash && !isEscaped;
      append(byte);
      return;
    }
    if (state === "value") {
      if (byte !== quote && !isSpace(byte) && !isPunctuator(byte)) {
        append(byte);
        return;
      }
      finish();
      state = "between";
    }
    if (isLineEnd) {
      if (state === "line" || (state === "field" && count > 0)) {
        if (state === "field") state = "line";
        finish();
        state = "line";
      }
      takeLineEnd(byte);
      return;
    }
    if (state === "line") {
      append(byte);
      return;
    }
    if (state === "between") {
      takeStructure(byte);
      return;
    }
    if (state === "field") {
      takeField(byte);
      return;
    }
    // The first byte of a line shows whether it is JSON.
    if (byte === space || byte === tab || byteOrderMark.includes(byte)) {
      emitByte(byte);
      return;
    }
    if (byte === quote || isPunctuator(byte)) {
      state = "between";
      takeStructure(byte);
      return;
    }
    begin("line");
    append(byte);
  }

  function takeField(byte: number): void {
    buffer[count++] = byte;
    const seen = latin1(buffer.subarray(0, count));
    if (eventFields.includes(seen)) {
      field = seen;
      emit(buffer.subarray(0, count));
      count = 0;
      state = "start";
    } else if (!eventFields.some((name) => name.startsWith(seen))) {
      field = "";
      const bytes = buffer.slice(0, count);
      begin("line");
      for (const one of bytes) append(one);
    }
  }

  /** Decides what a document is, whatever its declared type: an image is forwarded unchanged. */
  function decideFirst(): void {
    const bytes = buffer.slice(0, count);
    count = 0;
    state = isImage(bytes) ? "binary" : "start";
    for (const byte of bytes) take(byte);
  }

  return {
    push(chunk) {
      if (state === "binary") return chunk;
      start(count + chunk.length);
      for (let at = 0; at < chunk.length; at++) {
        if (state === "image" && count === 0 && !isPadded) {
          // Most bytes of a body are base64: each is checked once and copied once.
          const from = at;
          while (at < chunk.length && decodeChar(chunk[at] ?? 0) < 64) at++;
          emit(chunk.subarray(from, at));
          if (at === chunk.length) break;
        }
        if (state === "string" && probeAt < 0 && !isEscaped) {
          const from = at;
          const end = Math.min(chunk.length, at + maxBufferBytes - 1 - count);
          while (at < end && isPlain[chunk[at] ?? 0] === 1) at++;
          buffer.set(chunk.subarray(from, at), count);
          count += at - from;
          if (at === chunk.length) break;
        }
        take(chunk[at] ?? 0);
      }
      return out.subarray(0, outLength);
    },
    end() {
      start(count);
      if (state === "first") decideFirst();
      if (state === "field" && count > 0) state = "line";
      if (state === "string" || state === "value" || state === "line" || state === "image") finish();
      return out.subarray(0, outLength);
    },
  };
}
