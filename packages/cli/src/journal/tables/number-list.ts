type Numbers = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** A growing list of numbers in one typed array: a million of them are not a million objects. */
export class NumberList {
  #values: Numbers;
  #length = 0;

  /** @param bits what a value takes: 64 for any number, otherwise an integer of that width */
  constructor(bits: 64 | 32 | 8 = 64) {
    this.#values = createArray(bits, 1024);
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): number | undefined {
    return index < this.#length ? this.#values[index] : undefined;
  }

  /** Sets a value; the list grows to the index. Values between are NaN, or 0 for integers. */
  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const bits = (this.#values.BYTES_PER_ELEMENT * 8) as 64 | 32 | 8;
      const grown = createArray(bits, Math.max(index + 1, this.#values.length * 2));
      grown.set(this.#values);
      this.#values = grown;
    }
    if (index > this.#length) this.#values.fill(Number.NaN, this.#length, index);
    this.#values[index] = value;
    this.#length = Math.max(this.#length, index + 1);
  }

  push(value: number): void {
    this.set(this.#length, value);
  }
}

function createArray(bits: 64 | 32 | 8, length: number): Numbers {
  if (bits === 64) return new Float64Array(length);
  return bits === 32 ? new Uint32Array(length) : new Uint8Array(length);
}
