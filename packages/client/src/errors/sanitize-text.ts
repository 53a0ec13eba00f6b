import { hidePictureWords } from "./picture-word.ts";

// Escape sequences whole (CSI, OSC with its text, two-character ones), then what is left of C0, C1 and DEL, bidi
// controls, zero-width characters, line and paragraph separators, tags and lone surrogates.
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this file is about
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]P^_X]|[\u009d\u0090\u009e\u009f\u0098])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g;
const controls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/**
 * Makes foreign text fit for a message: one line that can not move a cursor, set a title or turn text around, without
 * addresses (they may be signed), data and markup, cut to `maxLength` characters. Gives `undefined` when nothing is left.
 */
export function safeText(text: unknown, maxLength = 300): string | undefined {
  if (typeof text !== "string") return undefined;
  const line = hidePictureWords(text.slice(0, 8192))
    .replace(sequences, "")
    .replace(controls, " ")
    .replace(/\S*(?::\/\/|data:\w|[?&][\w-]+=)\S*/g, "[url]")
    .replace(/\S{121,}/g, "[data]")
    .replace(/\s+/g, " ")
    .trim();
  if (line === "" || /<[!/a-z]/i.test(line)) return undefined;
  const characters = [...line];
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join("")}…` : line;
}
