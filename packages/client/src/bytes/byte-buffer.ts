/** A growing byte array. */
export interface ByteBuffer {
  readonly length: number;
  append(bytes: Uint8Array): void;
  appendByte(byte: number): void;
  /** Appends text with one byte per character. */
  appendAscii(text: string): void;
  /** Removes everything after `length`. */
  truncate(length: number): void;
  endsWith(ascii: string): boolean;
  /** Copies the bytes from `start` up to, but not including, `end`. */
  bytes(start?: number, end?: number): Uint8Array<ArrayBuffer>;
  /** Reads the bytes from `start` as UTF-8. */
  text(start?: number): string;
}

/** Creates an empty buffer; appending takes amortized constant time. */
export function createByteBuffer(): ByteBuffer {
  let buffer = new Uint8Array(256);
  let length = 0;

  function reserve(byteLength: number): void {
    if (length + byteLength <= buffer.length) return;
    const larger = new Uint8Array(2 * (length + byteLength));
    larger.set(buffer);
    buffer = larger;
  }

  return {
    get length() {
      return length;
    },
    append(bytes) {
      reserve(bytes.length);
      buffer.set(bytes, length);
      length += bytes.length;
    },
    appendByte(byte) {
      reserve(1);
      buffer[length++] = byte;
    },
    appendAscii(text) {
      reserve(text.length);
      for (let index = 0; index < text.length; index++) buffer[length++] = text.charCodeAt(index);
    },
    truncate(newLength) {
      length = newLength;
    },
    endsWith(ascii) {
      for (let index = 1; index <= ascii.length; index++) {
        if (buffer[length - index] !== ascii.charCodeAt(ascii.length - index)) return false;
      }
      return true;
    },
    bytes: (start = 0, end = length) => buffer.slice(start, Math.min(end, length)),
    text: (start = 0) => new TextDecoder().decode(buffer.subarray(start, length)),
  };
}
