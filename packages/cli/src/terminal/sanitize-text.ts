/** ESC sequences (CSI, OSC up to BEL or ST, and two-byte ones), 7-bit and 8-bit. */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;
/** Other control characters, and the marks that reorder text on screen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** Makes text of a server or a file name harmless on a terminal: one line, no cursor moves, no titles. */
export function sanitizeText(text: string): string {
  return text
    .replace(sequences, "")
    .replace(/\s*\r?\n\s*/g, " ")
    .replace(controls, " ")
    .trim();
}

/** Marks that JSON leaves as they are and that a terminal obeys: 8-bit controls, and what reorders text. */
const marks = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Writes a value as JSON that is harmless on a terminal: a server's words in it can not move the cursor. */
export function toSafeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    marks,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
