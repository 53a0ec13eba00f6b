const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const invalid = 255;
let sextets: Uint8Array | undefined;

/** Returns the value of a base64 character in the standard or URL alphabet, or 255 for any other byte. */
export function decodeChar(code: number): number {
  if (!sextets) {
    sextets = new Uint8Array(256).fill(invalid);
    for (let value = 0; value < 64; value++) sextets[alphabet.charCodeAt(value)] = value;
    sextets[45] = 62; // "-"
    sextets[95] = 63; // "_"
  }
  return sextets[code] ?? invalid;
}

/** Node's own functions, which take half the time. Read late and from `globalThis`: bundlers would add a `Buffer`. */
interface Native {
  readonly Buffer?: {
    byteLength(text: string): number;
    from(
      bytes: ArrayBufferLike,
      offset: number,
      length: number,
    ): {
      toString(encoding: string): string;
      write(text: string, encoding: "base64"): number;
      indexOf(byte: number): number;
    };
  };
}
/** What newer runtimes have. */
interface Modern {
  setFromBase64?(text: string): { readonly written: number };
}
const native = globalThis as unknown as Native;

/** Returns the index of the first such byte, or -1. Node's search is ten times faster than that of a typed array. */
export function indexOfByte(bytes: Uint8Array, byte: number): number {
  const { Buffer } = native;
  return Buffer
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(byte)
    : bytes.indexOf(byte);
}

/**
 * Decodes base64 characters of either alphabet, without padding and whitespace. Returns `undefined` if they include
 * any other byte, or if their number is impossible.
 */
export function decodeBase64(chars: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (chars.length % 4 === 1) return undefined;
  const bytes = new Uint8Array((chars.length * 3) >> 2);
  return decodeBase64Into(chars, bytes) ? bytes : undefined;
}

/**
 * Decodes like {@link decodeBase64}, into `target`, which has exactly the length of the result. Returns whether the
 * characters are valid; otherwise the bytes of `target` are undefined.
 *
 * Native functions skip some invalid characters, so a result of the full length is correct, and a shorter one is
 * inconclusive.
 */
export function decodeBase64Into(chars: Uint8Array, target: Uint8Array<ArrayBuffer>): boolean {
  const { Buffer } = native;
  try {
    const written = Buffer
      ? Buffer.from(target.buffer, target.byteOffset, target.length).write(
          Buffer.from(chars.buffer, chars.byteOffset, chars.length).toString("latin1"),
          "base64",
        )
      : (target as Modern).setFromBase64?.(new TextDecoder().decode(chars)).written;
    if (written === target.length) return true;
  } catch {
    // `setFromBase64` rejects the URL alphabet, which the table decodes, and input that the table rejects as well.
  }
  return decodeByTable(chars, target);
}

/** Decodes text that is base64 of either alphabet as a whole, with or without padding; `undefined` for other text. */
export function decodeBase64Text(text: string): Uint8Array<ArrayBuffer> | undefined {
  let length = text.indexOf("=", text.length - 2);
  if (length < 0) length = text.length;
  else if (!text.endsWith("=")) return undefined;
  const { Buffer } = native;
  // Of a character above U+00FF, Node would take a part.
  if (!Buffer || Buffer.byteLength(text) !== text.length)
    return /^[\w+/-]+={0,2}$/.test(text)
      ? decodeBase64(new TextEncoder().encode(text.slice(0, length)))
      : undefined;
  const bytes = new Uint8Array((length * 3) >> 2);
  const isWhole = Buffer.from(bytes.buffer, 0, bytes.length).write(text, "base64") === bytes.length;
  return isWhole && length > 0 && length % 4 !== 1 ? bytes : undefined;
}

function decodeByTable(chars: Uint8Array, bytes: Uint8Array): boolean {
  let bits = 0;
  let at = 0;
  for (let index = 0; index < chars.length; index++) {
    const value = decodeChar(chars[index] ?? 0);
    if (value === invalid) return false;
    bits = (bits << 6) | value;
    if (index % 4 !== 0) bytes[at++] = bits >> (6 - 2 * (index % 4));
  }
  return true;
}

/** Encodes bytes as base64, standard alphabet, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  const { Buffer } = native;
  if (Buffer) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
  let text = "";
  // A multiple of three, so that only the last chunk is padded; more arguments overflow the stack.
  for (let at = 0; at < bytes.length; at += 24_576) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + 24_576)));
  }
  return text;
}
