import { encodeBase64 } from "../bytes/base64.ts";
import { findLongSecret } from "./find-long-secret.ts";
import { minSecretLength } from "./min-secret-length.ts";
import { type Reading, readingsOf } from "./read-escapes.ts";

/** Text that must not come back in an error, and how much of it in a row already reveals too much. */
export interface Secret {
  readonly text: string;
  readonly minMatch: number;
  /** A key or a token: it is also found spaced out, in base64 and in hex. */
  readonly isToken?: boolean | undefined;
  /** A prompt: a word of it that is part of a term, such as `moderation_blocked`, reveals nothing. */
  readonly isProse?: boolean | undefined;
}

/** Removes what was sent from what a server says: servers quote keys and prompts, complete or in part. Prompts stay in terms. */
export type Redact = (text: string, isTerm?: boolean) => string;

/** A part of a text, in UTF-16 code units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Finds the parts of a text that reveal a secret, in order and without overlap. */
type FindSecret = (text: string) => TextRange[];

/** Creates a function that replaces every run of `giveaway` characters, or a complete shorter secret, of any secret. */
export function createRedactor(secrets: readonly Secret[]): Redact {
  const finders = secrets.map((secret) => ({ ...secret, find: createSecretFinder(secret) }));
  return (text, isTerm = false) =>
    finders
      .filter(({ isProse }) => !(isProse && isTerm))
      .reduce((seen, { find }) => replaceRanges(seen, find(seen), "[redacted]"), text);
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
