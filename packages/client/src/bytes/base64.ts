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

/** Native base64 functions. Read late and from `globalThis`, because bundlers would otherwise add a `Buffer`. */
interface Native {
  /** Node's own: four times faster than a loop. */
  readonly Buffer?: {
    from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer>;
    from(
      bytes: ArrayBufferLike,
      offset: number,
      length: number,
    ): { toString(encoding: string): string; indexOf(byte: number): number };
  };
  readonly Uint8Array: { fromBase64?(text: string): Uint8Array<ArrayBuffer> };
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
  const fast = decodeNatively(chars);
  return fast?.length === (chars.length * 3) >> 2 ? fast : decodeByTable(chars);
}

/**
 * Decodes with native functions. Node skips invalid characters, so a result of the full length is correct, and a
 * shorter one is inconclusive.
 */
function decodeNatively(chars: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const { Buffer, Uint8Array: bytes } = native;
  if (Buffer) {
    const text = Buffer.from(chars.buffer, chars.byteOffset, chars.length).toString("latin1");
    return Buffer.from(text, "base64");
  }
  try {
    return bytes.fromBase64?.(new TextDecoder().decode(chars));
  } catch {
    // It rejects the URL alphabet, which the table decodes, and input that the table rejects as well.
    return undefined;
  }
}

function decodeByTable(chars: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array((chars.length * 3) >> 2);
  let bits = 0;
  let at = 0;
  for (let index = 0; index < chars.length; index++) {
    const value = decodeChar(chars[index] ?? 0);
    if (value === invalid) return undefined;
    bits = (bits << 6) | value;
    if (index % 4 !== 0) bytes[at++] = bits >> (6 - 2 * (index % 4));
  }
  return bytes;
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
