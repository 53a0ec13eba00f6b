import { decodeBase64, decodeChar } from "../../bytes/base64.ts";
import { unescapeJson } from "../../errors/read-escapes.ts";
import type { TextRange } from "../../errors/redactor.ts";
import { formatOf, isImageFormat } from "../../media/format.ts";
import type { Segment } from "./segment.ts";

/** Codes of ASCII characters. */
export const [tab, newline, carriageReturn, space, quote, comma, equals, backslash] = [
  9, 10, 13, 32, 34, 44, 61, 92,
] as const;

/** How many characters of base64 {@link beginsImage} decodes. Shorter base64 is not an image: the smallest PNG has 90. */
const probeChars = 40;
/** The length of {@link probeChars} characters if each is an escape. */
export const probeBytes = 6 * probeChars;
/** How much of the previous text is searched again, to find a secret that is split over two. */
export const tailBytes = 96;

/** 1 for every byte that can be part of a string without ending it, escaping, or preceding an image. */
export const isPlain = new Uint8Array(256).fill(1);
for (const byte of [newline, carriageReturn, quote, comma, backslash, 67, 99]) isPlain[byte] = 0;

/** Overwrites bytes with asterisks. JSON stays JSON: in a value, digits become ones. */
export function overwrite(bytes: Uint8Array, start: number, end: number, role: Segment["role"]): void {
  for (let at = start; at < end; at++) {
    if (role !== "value") bytes[at] = 42;
    else if (isDigit(bytes[at] ?? 0)) bytes[at] = 49;
    else if (decodeChar(bytes[at] ?? 0) < 62) bytes[at] = 42;
  }
}

/** Widens a range to complete escapes: half of one would make the string invalid. */
export function alignToEscapes(text: string, { start, end }: TextRange): TextRange {
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

/** Returns whether a text, JSON escapes included, begins with the base64 of an image. */
export function beginsImage(text: string): boolean {
  if (text.length < probeChars) return false;
  const chars = unescapeJson(text).text.replace(/\s+/g, "").slice(0, probeChars);
  if (chars.length < probeChars || /[^\w+/=-]/.test(chars)) return false;
  const bytes = decodeBase64(new TextEncoder().encode(chars));
  // An SVG may have a declaration that is longer than what is probed.
  return bytes !== undefined && (isImage(bytes) || formatOf(bytes) === "xml");
}

/** Returns whether bytes begin like an image. */
export function isImage(bytes: Uint8Array): boolean {
  return isImageFormat(formatOf(bytes));
}

/** Returns whether a byte is whitespace in JSON. */
export function isSpace(byte: number): boolean {
  return byte === space || byte === tab || byte === newline || byte === carriageReturn;
}

/** Returns whether a byte is one of `{}[]:,`. */
export function isPunctuator(byte: number): boolean {
  return byte === 123 || byte === 125 || byte === 91 || byte === 93 || byte === 58 || byte === comma;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

/** Decodes Latin-1, which `TextDecoder` takes for Windows-1252. */
export function latin1(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}
