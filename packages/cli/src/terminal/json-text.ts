/** Marks that JSON leaves as they are and that a terminal obeys: 8-bit controls, and what reorders text. */
const marks = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Writes a value as JSON that is harmless on a terminal: a server's words in it can not move the cursor. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    marks,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
