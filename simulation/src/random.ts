/** Pseudorandom numbers that a seed decides: every choice of a simulation comes from one of these. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
    for (let round = 0; round < 3; round++) this.next();
  }

  /** Returns a number from 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Returns an integer from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T; // callers give at least one
  }

  /** Returns an independent generator, so that one more choice here changes nothing there. */
  fork(): Random {
    return new Random(this.below(2 ** 31));
  }

  hex(byteLength: number): string {
    let digits = "";
    while (digits.length < 2 * byteLength) digits += this.below(65_536).toString(16).padStart(4, "0");
    return digits.slice(0, 2 * byteLength);
  }
}
