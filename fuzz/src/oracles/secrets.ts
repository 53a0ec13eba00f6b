import { check } from "../engine/target.ts";

/** The key of every target that has one. Its parts do not occur by chance. */
export const key = "sk-fuzz-7Qx2Vb9Lm4Zt8Wc1";
export const prompt = "paint the lighthouse on the northern cliff in a thick fog at dawn";

/** Spellings of the key for dictionaries: as servers quote it, and as a reader decodes it again. */
export const keySpellings: readonly string[] = [
  key,
  key.slice(4, 16),
  key.split("").join(" "),
  Buffer.from(key).toString("base64"),
  Buffer.from(key).toString("hex"),
  key.replaceAll("Q", "\\u0051").replaceAll("x", "\\x78"),
  encodeURIComponent(key).replaceAll("-", "%2D"),
  key.replaceAll("7", "&#55;"),
];

const minLeak = 12;

/**
 * Checks that a text does not contain the key, as it is or without what is between its letters and digits. `before` is
 * what the reader was given: a text without the key in it has nothing to leak.
 */
export function checkNoKey(text: string, where: string): void {
  const squashed = text.replace(/\[(?:redacted|address|url|data)\]/g, "\n").replace(/[^a-z\d\n]+/gi, "");
  const wanted = key.replace(/[^a-z\d]+/gi, "");
  for (let at = 0; at + minLeak <= wanted.length; at += 1)
    check(!squashed.includes(wanted.slice(at, at + minLeak)), `no key in ${where}`, () => text.slice(0, 400));
}

/** Characters that move a cursor, hide or reverse text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** Checks that a text that is shown has no control character. */
export function checkPrintable(text: string, where: string): void {
  check(!controls.test(text), `no control character in ${where}`, () => JSON.stringify(text.slice(0, 400)));
}
