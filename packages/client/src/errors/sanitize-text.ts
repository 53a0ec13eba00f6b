import { encodeBase64 } from "../bytes/base64.ts";
import { findLongSecret } from "./find-long-secret.ts";
import { minSecretLength } from "./min-secret-length.ts";

// Complete escape sequences (CSI, OSC with its text, two-character ones), then the remaining C0, C1 and DEL, bidi
// controls, zero-width characters, line and paragraph separators, tags and lone surrogates.
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this file is about
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]P^_X]|[\u009d\u0090\u009e\u009f\u0098])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g;
const controls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/**
 * Returns untrusted text as one line that is safe in a message: it cannot move a cursor, set a title or reverse text. URLs
 * (they may be signed), data and markup are removed, and it is cut to `maxLength` characters. `undefined` if nothing remains.
 */
export function sanitizeText(text: unknown, maxLength = 300): string | undefined {
  if (typeof text !== "string") return undefined;
  const clean = text.slice(0, 8192).replace(sequences, "").replace(controls, " ");
  // Not before: what was removed may have parted a placeholder.
  const line = hideData(hidePlaceholders(clean)).replace(/\s+/g, " ").trim();
  if (line === "" || /<[!/a-z]/i.test(line)) return undefined;
  const characters = [...line];
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join("")}…` : line;
}

/** Replaces URLs and what is too long for a word. Each character is looked at once: a pattern that searches both ways is quadratic. */
function hideData(text: string): string {
  let shown = "";
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !isSpace(text.charCodeAt(at))) continue;
    const token = text.slice(start, at);
    const isUrl = /:\/\/|data:\w|[?&][\w-]+=/.test(token);
    shown += (isUrl ? "[url]" : token.length > 120 ? "[data]" : token) + text.slice(at, at + 1);
    start = at + 1;
  }
  return shown;
}

function isSpace(code: number): boolean {
  return (
    code === 32 || (code < 33 ? code > 8 && code < 14 : code > 159 && /\s/.test(String.fromCharCode(code)))
  );
}

/** Text that must not come back in an error, and how much of it in a row already reveals too much. */
export interface Secret {
  readonly text: string;
  readonly minMatch: number;
  /** A key or a token: it is also found spaced out, in base64 and in hex. */
  readonly isToken?: boolean | undefined;
}

/** Removes what was sent from what a server says: servers quote keys and prompts, complete or in part. */
export type Redact = (text: string) => string;

/** A part of a text, in UTF-16 code units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Finds the parts of a text that reveal a secret, in order and without overlap. */
type FindSecret = (text: string) => TextRange[];

/** Creates a function that replaces every run of `giveaway` characters, or a complete shorter secret, of any secret. */
export function createRedactor(secrets: readonly Secret[]): Redact {
  const finders = secrets.map(createSecretFinder);
  return (text) => finders.reduce((seen, find) => replaceRanges(seen, find(seen), "[redacted]"), text);
}

/** Replaces each of the ranges by `by`. */
export function replaceRanges(text: string, ranges: readonly TextRange[], by: string): string {
  let shown = "";
  let from = 0;
  for (const { start, end } of ranges) {
    shown += text.slice(from, start) + by;
    from = end;
  }
  return shown + text.slice(from);
}

/** Creates the search for one secret, in time linear in the text. It reads escapes: JSON, percent, HTML, and one in another. */
export function createSecretFinder({ text: secret, minMatch, isToken }: Secret): FindSecret {
  let forms: Form[] | undefined;
  let spellings: string[] | undefined;
  return (text) => {
    if (Math.min(secret.length, text.length) < minSecretLength) return [];
    if (secret.length > maxIndexedChars && !isToken) {
      spellings ??= readingsOf(secret).map((reading) => reading.text);
      return mergeRanges(findLongSecret(spellings, readingsOf(text), minMatch));
    }
    // Late: a long prompt has many windows, and most edits never fail.
    forms ??= formsOf(secret, minMatch, isToken === true);
    const found: TextRange[] = [];
    for (const reading of readingsOf(text)) {
      for (const isSquashed of [false, true]) {
        const wanted = forms.filter((form) => form.isSquashed === isSquashed);
        if (wanted.length === 0) continue;
        const said = isSquashed ? squash(reading.text) : reading.text;
        for (const form of wanted) findWindows(said, form, reading, found);
      }
    }
    return mergeRanges(found);
  };
}

/** All parts of a longer secret would take more memory than the text that is searched. */
const maxIndexedChars = 4096;

/** A text as a reader may decode it, with the origin of each character. */
interface Reading {
  readonly text: string;
  /** Where each character starts in the original, and where the last ends; absent when nothing was decoded. */
  readonly starts?: readonly number[] | undefined;
}

const jsonEscapes = /\\u[\da-f]{4}|\\["\\/bfnrt]/gi;
const escapes =
  /\\u[\da-f]{4}|\\u\{[\da-f]{1,6}\}|\\x[\da-f]{2}|\\.|%[\da-f]{2}|&#x[\da-f]{1,6};?|&#\d{1,7};?|&[a-z]{2,9};/gis;

/** Reads the escapes of JSON strings only. */
export function unescapeJson(text: string): Reading {
  return decode({ text }, jsonEscapes);
}

/** Returns the text itself, its JSON unescaped, and that with escapes of any kind undone, up to three times. */
function readingsOf(text: string): Reading[] {
  const readings: Reading[] = [{ text }];
  let last: Reading = { text };
  // JSON is undone first, and only JSON: `&#x6\u0039;` is one escape in another.
  for (const pattern of [jsonEscapes, escapes, escapes, escapes]) {
    const next = decode(last, pattern);
    if (next.text !== last.text) readings.push(next);
    last = next;
  }
  return readings;
}

function decode(reading: Reading, pattern: RegExp): Reading {
  const { text, starts: before } = reading;
  if (!/[\\%&]/.test(text)) return reading;
  const starts: number[] = [];
  const startOf = (at: number): number => (before ? (before[at] ?? 0) : at);
  let decoded = "";
  let from = 0;
  const plain = (until: number): void => {
    for (let at = from; at < until; at++) starts.push(startOf(at));
    decoded += text.slice(from, until);
  };
  for (const { 0: sequence, index } of text.matchAll(pattern)) {
    plain(index);
    starts.push(startOf(index));
    decoded += charOf(sequence);
    from = index + sequence.length;
  }
  plain(text.length);
  starts.push(startOf(text.length));
  return { text: decoded, starts };
}

/** Returns the character, always a single unit, of an escape; a space for a character that no secret contains. */
function charOf(sequence: string): string {
  const hex = /^(?:\\[ux]\{?|%|&#x)([\da-f]+)/i.exec(sequence)?.[1];
  const decimal = /^&#(\d+)/.exec(sequence)?.[1];
  const code = hex ? Number.parseInt(hex, 16) : Number(decimal ?? 0);
  if (code > 0) return code < 0x10000 ? String.fromCharCode(code) : " ";
  // Named entities are punctuation, and a key is recognized without it.
  const char = sequence[0] === "\\" ? (sequence[1] ?? " ") : " ";
  return /[bfnrt]/.test(char) ? " " : char;
}

/** One spelling of a secret as all its windows of `width` characters. */
interface Form {
  readonly isSquashed: boolean;
  readonly width: number;
  readonly windows: ReadonlySet<string>;
  /** Marks how windows begin: most of a text needs one look-up, without a copy. */
  readonly beginnings: Uint8Array;
}

function beginningOf(text: string, at: number): number {
  return (text.charCodeAt(at) * 961 + text.charCodeAt(at + 1) * 31 + text.charCodeAt(at + 2)) & 4095;
}

function formsOf(secret: string, minMatch: number, isToken: boolean): Form[] {
  const spelled = readingsOf(secret).map(({ text }) => text);
  if (!isToken) return spelled.map((text) => formOf(text, minMatch, false));
  // A key of punctuation has too few letters and digits to be recognized by them.
  const isSquashed = squash(secret).length >= minSecretLength;
  const bytes = new TextEncoder().encode(secret);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [
    ...spelled.map((text) => formOf(isSquashed ? squash(text) : text, minMatch, isSquashed)),
    ...base64FormsOf(bytes).map((text) => formOf(squash(text), Math.floor((minMatch * 4) / 3), true)),
    ...[hex, hex.toUpperCase()].map((text) => formOf(text, minMatch * 2, true)),
  ].filter(({ width }) => width >= minSecretLength);
}

function formOf(text: string, minMatch: number, isSquashed: boolean): Form {
  const width = Math.min(text.length, minMatch);
  const windows = new Set<string>();
  const beginnings = new Uint8Array(4096);
  for (let at = 0; at + width <= text.length; at++) {
    windows.add(text.slice(at, at + width));
    beginnings[beginningOf(text, at)] = 1;
  }
  return { isSquashed, width, windows, beginnings };
}

/** Returns the characters of a base64 text that depend only on the secret, wherever in the text it starts. */
function base64FormsOf(secret: Uint8Array): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = new Uint8Array(before + secret.length);
    bytes.set(secret, before);
    return encodeBase64(bytes).slice(Math.ceil((before * 4) / 3), Math.floor((bytes.length * 4) / 3));
  });
}

/** Returns only the letters and digits: servers put spaces, quotes, dots or asterisks between the characters that they quote. */
function squash(text: string): string {
  return text.replace(/[^a-z\d]+/gi, "");
}

function findWindows(
  said: string,
  { width, windows, beginnings, isSquashed }: Form,
  reading: Reading,
  found: TextRange[],
): void {
  let places: number[] | undefined;
  for (let at = 0; at + width <= said.length; at++) {
    if (beginnings[beginningOf(said, at)] !== 1 || !windows.has(said.slice(at, at + width))) continue;
    places ??= isSquashed ? placesOf(reading.text) : [];
    const first = places[at] ?? at;
    const last = places[at + width - 1] ?? at + width - 1;
    const { starts } = reading;
    found.push({ start: starts?.[first] ?? first, end: starts?.[last + 1] ?? last + 1 });
  }
}

/** Returns the positions of the letters and digits of a text. */
function placesOf(text: string): number[] {
  return Array.from(text.matchAll(/[a-z\d]/gi), ({ index }) => index);
}

function mergeRanges(ranges: TextRange[]): TextRange[] {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of ranges.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

/** Creates the placeholder for base64 that was extracted from the text of a response. */
export function placeholder(nonce: string, index: number): string {
  return `~${nonce}~${index}~`;
}

/** Replaces placeholders in text that is shown: thousands of letters without a space are neither a prompt nor a message. */
export function hidePlaceholders(text: string): string {
  return text.replace(/~\w+~\d+~/g, "[data]");
}
