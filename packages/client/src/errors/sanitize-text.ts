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

/** Creates the placeholder for base64 that was extracted from the text of a response. */
export function placeholder(nonce: string, index: number): string {
  return `~${nonce}~${index}~`;
}

/** Replaces placeholders in text that is shown: thousands of letters without a space are neither a prompt nor a message. */
export function hidePlaceholders(text: string): string {
  return text.replace(/~\w+~\d+~/g, "[data]");
}
