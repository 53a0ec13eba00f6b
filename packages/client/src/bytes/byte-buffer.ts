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

  function reserve(byteLength: number): void {
    const needed = self.length + byteLength;
    if (needed <= buffer.length) return;
    const larger = new Uint8Array(2 * needed);
    larger.set(buffer);
    buffer = larger;
  }

  const self: ByteBuffer & { length: number } = {
    length: 0,
    append(bytes) {
      reserve(bytes.length);
      buffer.set(bytes, self.length);
      self.length += bytes.length;
    },
    appendByte(byte) {
      reserve(1);
      buffer[self.length++] = byte;
    },
    appendAscii(text) {
      reserve(text.length);
      for (let index = 0; index < text.length; index++) buffer[self.length++] = text.charCodeAt(index);
    },
    truncate(length) {
      self.length = length;
    },
    endsWith(ascii) {
      for (let index = 1; index <= ascii.length; index++) {
        if (buffer[self.length - index] !== ascii.charCodeAt(ascii.length - index)) return false;
      }
      return true;
    },
    bytes: (start = 0, end = self.length) => buffer.slice(start, Math.min(end, self.length)),
    text: (start = 0) => new TextDecoder().decode(buffer.subarray(start, self.length)),
  };
  return self;
}
