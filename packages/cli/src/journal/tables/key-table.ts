import { hash } from "node:crypto";

/**
 * Numbers keys from 0 in the order in which they are added. A million keys take 24 MB, a tenth of what a Map of strings
 * takes.
 */
export class KeyTable {
  #words = new Uint32Array(4 * 1024);
  #slots = new Int32Array(2048).fill(-1);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns the number of a key, or -1. */
  indexOf(key: string): number {
    const words = wordsOf(key);
    return this.#slots[this.#find(words)] ?? -1;
  }

  /** Returns the number of a key, and adds it if it is new. */
  add(key: string): number {
    const words = wordsOf(key);
    const slot = this.#find(words);
    const known = this.#slots[slot] ?? -1;
    if (known !== -1) return known;
    const index = this.#size++;
    if (this.#words.length < 4 * this.#size) this.#words = grow(this.#words);
    this.#words.set(words, 4 * index);
    this.#slots[slot] = index;
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    return index;
  }

  /** Returns a key as 32 hexadecimal digits. */
  keyAt(index: number): string {
    const words = this.#words.subarray(4 * index, 4 * index + 4);
    return Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
  }

  #find(words: ArrayLike<number>): number {
    const mask = this.#slots.length - 1;
    for (let slot = (words[0] ?? 0) & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot] ?? -1;
      if (index === -1 || this.#holds(index, words)) return slot;
    }
  }

  #holds(index: number, words: ArrayLike<number>): boolean {
    const at = 4 * index;
    const stored = this.#words;
    return (
      stored[at] === words[0] &&
      stored[at + 1] === words[1] &&
      stored[at + 2] === words[2] &&
      stored[at + 3] === words[3]
    );
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (let index = 0; index < this.#size; index++)
      this.#slots[this.#find(this.#words.subarray(4 * index, 4 * index + 4))] = index;
  }
}

function grow(words: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(words.length * 2);
  grown.set(words);
  return grown;
}

/** Returns the 128 bits of a key. Row keys are hashes already; other keys are hashed. */
function wordsOf(key: string): number[] {
  const digits = /^[0-9a-f]{32}$/.test(key) ? key : hash("sha256", key);
  return [0, 8, 16, 24].map((at) => Number.parseInt(digits.slice(at, at + 8), 16));
}
