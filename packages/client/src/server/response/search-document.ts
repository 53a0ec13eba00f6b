import { beginsImage, isSpace, probeBytes, tailBytes } from "./body-bytes.ts";
import type { ResolveLink } from "./resolve-links.ts";
import type { FindInSegment, Segment } from "./segment.ts";

/** The tokenizer holds back a shorter document: its first bytes decide whether it is an image. */
const minBytes = 16;
/** Larger documents arrive in several chunks. */
const maxBytes = 65_536;
/** A longer string is searched in parts. */
const maxStringChars = 4_000;
/** A punctuator, a string without escapes, or another value, each after whitespace. */
const tokens = /[ \t\r\n]*(?:([{}[\]:,])|"([ !#-[\]-~]*)"|([\w.+-]+))/y;
const end = /[ \t\r\n]*$/y;
const base64 = /^[\w+/-]*=*$/;
const decoder = new TextDecoder();

/**
 * Returns the text of a complete JSON document of ASCII in which nothing has to be redacted or completed; `undefined` for any
 * other bytes, which the tokenizer of `redact-body.ts` takes one by one. It searches the same segments, in a tenth of the time:
 * most responses with a small image are such a document in one chunk.
 */
export function searchDocument(
  chunk: Uint8Array,
  find: FindInSegment,
  resolveLink: ResolveLink | undefined,
): string | undefined {
  if (chunk.length < minBytes || chunk.length > maxBytes || !isEnclosed(chunk)) return undefined;
  const text = decoder.decode(chunk);
  const brackets: string[] = [];
  const tails = new Map<string, string>();
  let lastPunctuator = "";
  let name = "";
  let lastTail = "";
  let at = 0;
  for (;;) {
    tokens.lastIndex = at;
    const match = tokens.exec(text);
    if (!match) break;
    at = tokens.lastIndex;
    const [, punctuator, string, value] = match;
    if (punctuator !== undefined) {
      if (punctuator === "{" || punctuator === "[") brackets.push(punctuator);
      if ((punctuator === "}" || punctuator === "]") && brackets.pop() === undefined) return undefined;
      lastPunctuator = punctuator;
    } else if (string === undefined) {
      if (find(segmentOf(value ?? "", "value", name)).length > 0) return undefined;
    } else if (brackets.at(-1) === "{" && lastPunctuator !== ":") {
      if (isSplit(string) || beginsImage(string.slice(0, probeBytes))) return undefined;
      if (find(segmentOf(string, "name", name)).length > 0) return undefined;
      name = string.slice(0, 64);
    } else if (beginsImage(string.slice(0, probeBytes))) {
      if (!base64.test(string)) return undefined;
      tails.set(name, "");
      lastTail = "";
    } else {
      const tail = tails.get(name) ?? "";
      const before = [...new Set([tail, lastTail])].filter(Boolean);
      if (isSplit(string) || find(segmentOf(string, "string", name, before)).length > 0) return undefined;
      if (resolveLink?.(new TextEncoder().encode(string), name)) return undefined;
      tails.set(name, (tail + string).slice(-tailBytes));
      lastTail = (lastTail + string).slice(-tailBytes);
    }
  }
  end.lastIndex = at;
  return brackets.length === 0 && end.test(text) ? text : undefined;
}

function isEnclosed(chunk: Uint8Array): boolean {
  let last = chunk.length - 1;
  while (isSpace(chunk[last] ?? 0)) last--;
  const isObject = chunk[0] === 123 && chunk[last] === 125;
  return isObject || (chunk[0] === 91 && chunk[last] === 93);
}

/** Returns whether a string is searched in parts: a long one, or one that may hold an image after its beginning. */
function isSplit(text: string): boolean {
  return text.length > maxStringChars || text.includes("base64,");
}

function segmentOf(
  text: string,
  role: Segment["role"],
  name: string,
  before: readonly string[] = [],
): Segment {
  return { text, role, name, before, isComplete: true };
}
