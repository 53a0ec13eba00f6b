/** Bytes that grow at their end. */
export interface ByteBuffer {
  readonly length: number;
  append(bytes: Uint8Array): void;
  appendByte(byte: number): void;
  /** Appends text of one byte a character. */
  appendAscii(text: string): void;
  /** Forgets what comes after `length`. */
  truncate(length: number): void;
  endsWith(ascii: string): boolean;
  /** Copies the bytes from `start` to before `end`. */
  bytes(start?: number, end?: number): Uint8Array<ArrayBuffer>;
  /** Reads the bytes from `start` as UTF-8. */
  text(start?: number): string;
}

/** Creates an empty buffer; what is appended costs the same however much there is. */
export function createByteBuffer(): ByteBuffer {
  let room = new Uint8Array(256);
  let length = 0;

  function makeRoom(byteLength: number): void {
    if (length + byteLength <= room.length) return;
    const larger = new Uint8Array(2 * (length + byteLength));
    larger.set(room);
    room = larger;
  }

  return {
    get length() {
      return length;
    },
    append(bytes) {
      makeRoom(bytes.length);
      room.set(bytes, length);
      length += bytes.length;
    },
    appendByte(byte) {
      makeRoom(1);
      room[length++] = byte;
    },
    appendAscii(text) {
      makeRoom(text.length);
      for (let index = 0; index < text.length; index++) room[length++] = text.charCodeAt(index);
    },
    truncate(given) {
      length = given;
    },
    endsWith(ascii) {
      for (let index = 1; index <= ascii.length; index++) {
        if (room[length - index] !== ascii.charCodeAt(ascii.length - index)) return false;
      }
      return true;
    },
    bytes: (start = 0, end = length) => room.slice(start, Math.min(end, length)),
    text: (start = 0) => new TextDecoder().decode(room.subarray(start, length)),
  };
}
