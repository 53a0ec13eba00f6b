/** A text as a reader may decode it, with the origin of each character. */
export interface Reading {
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
export function readingsOf(text: string): Reading[] {
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
