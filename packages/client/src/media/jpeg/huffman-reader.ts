/** Symbols of a Huffman table by the next 16 bits of the data: the code's length in the upper byte. */
export type HuffmanTable = Uint16Array;

/** Thrown where the pixels of a scan end too early, or are damaged. */
export class ScanEnded extends Error {}

/** Builds the lookup table of what a DHT segment holds: 16 counts, and the symbols (ITU-T T.81, annex C). */
export function buildTable(data: Uint8Array | undefined): HuffmanTable {
  if (!data) throw new ScanEnded();
  const table = new Uint16Array(65_536);
  let at = 0;
  let next = 16;
  for (let length = 1; length <= 16; length += 1) {
    for (let count = data[length - 1] ?? 0; count > 0; count -= 1, next += 1) {
      const end = at + (1 << (16 - length));
      table.fill((length << 8) | (data[next] ?? 0), at, end);
      at = end;
    }
  }
  return table;
}

/** Reads the bits of a scan, up to the next marker. */
export class HuffmanReader {
  readonly #bytes: Uint8Array;
  #bits = 0;
  #count = 0;
  /** The offset of the next byte. */
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** Forgets the rest of the current byte, as a restart marker and the end of a scan do. */
  align(): void {
    this.#count = 0;
  }

  symbol(table: HuffmanTable): number {
    this.#fill();
    const ahead = this.#count >= 16 ? this.#bits >>> (this.#count - 16) : this.#bits << (16 - this.#count);
    const found = table[ahead & 0xffff] ?? 0;
    // No code has length 0: those bits are none of the table's.
    if (found === 0) throw new ScanEnded();
    this.#drop(found >> 8);
    return found & 0xff;
  }

  bits(count: number): number {
    if (count === 0) return 0;
    this.#fill();
    this.#drop(count);
    return (this.#bits >>> this.#count) & ((1 << count) - 1);
  }

  #drop(count: number): void {
    if (count > this.#count) throw new ScanEnded();
    this.#count -= count;
  }

  /** Takes whole bytes until there are at least 16 bits, or the scan ends. */
  #fill(): void {
    while (this.#count < 16) {
      const byte = this.#bytes[this.at];
      if (byte === undefined) return;
      if (byte === 0xff) {
        if (this.#bytes[this.at + 1] !== 0) return;
        this.at += 1;
      }
      this.at += 1;
      this.#bits = ((this.#bits << 8) | byte) & 0xffffff;
      this.#count += 8;
    }
  }
}
