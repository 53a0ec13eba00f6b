import { hash } from "node:crypto";

const keyBytes = 16;

/**
 * Numbers keys from 0 in the order in which they are added. A million keys take 24 MB, a tenth of what a Map of strings
 * takes.
 */
export class KeyTable {
  #bytes = Buffer.alloc(keyBytes * 1024);
  #words = wordsOf(this.#bytes);
  #slots = new Int32Array(2048).fill(-1);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns the number of a key, or -1. */
  indexOf(key: string): number {
    return this.#slots[this.#find(parseKey(key), 0)] ?? -1;
  }

  /** Returns the number of a key of another table, or -1. */
  indexOfKeyIn(other: KeyTable, index: number): number {
    return this.#slots[this.#find(other.#words, 4 * index)] ?? -1;
  }

  /** Returns the number of a key, and adds it if it is new. */
  add(key: string): number {
    const words = parseKey(key);
    const slot = this.#find(words, 0);
    const known = this.#slots[slot] ?? -1;
    if (known !== -1) return known;
    const index = this.#size++;
    if (this.#words.length < 4 * this.#size) this.#grow();
    this.#words.set(words, 4 * index);
    this.#slots[slot] = index;
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    return index;
  }

  /** Returns a key as 32 hexadecimal digits. */
  keyAt(index: number): string {
    return this.#bytes.toString("hex", keyBytes * index, keyBytes * (index + 1));
  }

  #find(words: Uint32Array, at: number): number {
    const stored = this.#words;
    const mask = this.#slots.length - 1;
    for (let slot = mix(words, at) & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot] ?? -1;
      if (index === -1) return slot;
      const own = 4 * index;
      const isEqual =
        stored[own] === words[at] &&
        stored[own + 1] === words[at + 1] &&
        stored[own + 2] === words[at + 2] &&
        stored[own + 3] === words[at + 3];
      if (isEqual) return slot;
    }
  }

  #grow(): void {
    const grown = Buffer.alloc(this.#bytes.length * 2);
    this.#bytes.copy(grown);
    this.#bytes = grown;
    this.#words = wordsOf(grown);
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (let index = 0; index < this.#size; index++) this.#slots[this.#find(this.#words, 4 * index)] = index;
  }
}

function wordsOf(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Mixes all bits: keys that are not hashes may differ only in some, and would take the same slots. */
function mix(words: Uint32Array, at: number): number {
  const folded = (words[at] ?? 0) ^ (words[at + 1] ?? 0) ^ (words[at + 2] ?? 0) ^ (words[at + 3] ?? 0);
  const mixed = Math.imul(folded ^ (folded >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** Reused for every key: no call of this module yields while it is in use. */
const parsed = Buffer.alloc(keyBytes);
const parsedWords = wordsOf(parsed);

/** Returns the 128 bits of a key. Row keys are hashes already, whose digits count in either case; other keys are hashed. */
function parseKey(key: string): Uint32Array {
  // A key with another character is written only up to there.
  const isHash = key.length === 2 * keyBytes && parsed.write(key, "hex") === keyBytes;
  if (!isHash) parsed.write(hash("sha256", key), "hex");
  return parsedWords;
}
