/** ESC sequences (CSI, OSC up to BEL or ST, and two-byte ones), 7-bit and 8-bit. */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;
/** Other control characters, and bidirectional marks that reorder text on screen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** Sanitizes untrusted text for a terminal: one line, no escape sequences, no control characters. */
export function sanitizeText(text: string): string {
  // Line by line: a pattern for whitespace before a line break takes the square of whitespace without one.
  const lines = text.replace(sequences, "").split("\n");
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ")
    .replace(controls, " ")
    .trim();
}

/** Characters that JSON does not escape but terminals interpret: 8-bit controls and bidirectional marks. */
const marks = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Returns JSON that is safe on a terminal: untrusted text in it cannot move the cursor. */
export function toSafeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    marks,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
