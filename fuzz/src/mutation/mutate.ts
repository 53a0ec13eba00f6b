import type { Random } from "../engine/random.ts";

/** What a mutation may use besides the input. */
export interface MutationContext {
  readonly random: Random;
  readonly dictionary: readonly Uint8Array[];
  readonly maxBytes: number;
  /** Returns another input of the corpus. */
  other(): Uint8Array;
}

type Mutation = (input: Uint8Array, context: MutationContext) => Uint8Array;

/** Numbers at which sizes, offsets and counters go wrong. */
const edges = [
  0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512, 4095, 4096, 65_535, 65_536,
];
const wide = [0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x7fff, 0x8000];

/** Returns a changed copy, after one to sixteen mutations. */
export function mutate(input: Uint8Array, context: MutationContext): Uint8Array {
  const { random, maxBytes } = context;
  let bytes = input;
  for (let count = 1 << random.below(5); count > 0; count -= 1) {
    bytes = random.pick(mutations)(bytes, context);
    if (bytes.length > maxBytes) bytes = bytes.slice(0, maxBytes);
  }
  return bytes;
}

const flipBit: Mutation = (input, { random }) =>
  changed(input, random, (bytes, at) => {
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  });

const setByte: Mutation = (input, { random }) =>
  changed(input, random, (bytes, at) => {
    bytes[at] = random.below(3) === 0 ? random.pick(edges) : random.below(256);
  });

const addToByte: Mutation = (input, { random }) =>
  changed(input, random, (bytes, at) => {
    bytes[at] = (bytes[at] ?? 0) + random.below(71) - 35;
  });

const setInteger: Mutation = (input, { random }) =>
  changed(input, random, (bytes, at) => {
    const size = random.pick([2, 4]);
    if (at + size > bytes.length) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const value = random.pick([...edges, ...wide, bytes.length, bytes.length - at]);
    const isLittle = random.below(2) === 0;
    if (size === 2) view.setUint16(at, value & 0xffff, isLittle);
    else view.setUint32(at, value >>> 0, isLittle);
  });

/** Replaces a decimal number, as text formats have them. */
const setNumber: Mutation = (input, { random }) => {
  const digits: [number, number][] = [];
  // The first bytes only: long inputs are repetitions.
  for (let at = 0; at < Math.min(input.length, 2048); at += 1) {
    const from = at;
    while (isDigit(input[at])) at += 1;
    if (at > from) digits.push([from, at]);
  }
  if (digits.length === 0) return input;
  const [from, to] = random.pick(digits);
  const number = random.pick([
    "0",
    "-1",
    "1e300",
    "1.5",
    "007",
    "9007199254740993",
    String(random.pick([...edges, ...wide])),
  ]);
  return splice(input, from, to, new TextEncoder().encode(number));
};

const removeRange: Mutation = (input, { random }) => {
  const [from, to] = range(input, random);
  return splice(input, from, to, none);
};

const copyRange: Mutation = (input, { random }) => {
  const [from, to] = range(input, random);
  const at = random.below(input.length + 1);
  return splice(input, at, at, input.slice(from, to));
};

/** Repeats a range many times: what takes the square of its input shows itself only when it is long. */
const repeatRange: Mutation = (input, { random, maxBytes }) => {
  const from = random.below(input.length + 1);
  const unit = input.slice(from, Math.min(input.length, from + 1 + random.below(random.pick([1, 8, 64]))));
  if (unit.length === 0) return input;
  const count = Math.min(1 << random.below(14), Math.floor(maxBytes / unit.length));
  const repeated = new Uint8Array(unit.length * count);
  for (let index = 0; index < count; index += 1) repeated.set(unit, index * unit.length);
  return splice(input, from, from, repeated);
};

const insertBytes: Mutation = (input, { random }) => {
  const inserted = Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256));
  const at = random.below(input.length + 1);
  return splice(input, at, at, inserted);
};

const insertText: Mutation = (input, { random, dictionary }) => {
  if (dictionary.length === 0) return input;
  const at = random.below(input.length + 1);
  return splice(input, at, at, random.pick(dictionary));
};

const overwriteText: Mutation = (input, { random, dictionary }) => {
  if (dictionary.length === 0) return input;
  const text = random.pick(dictionary);
  const at = random.below(input.length + 1);
  return splice(input, at, Math.min(input.length, at + text.length), text);
};

/** Replaces one word of the dictionary by another. */
const swapText: Mutation = (input, { random, dictionary }) => {
  if (dictionary.length === 0) return input;
  const buffer = Buffer.from(input.buffer, input.byteOffset, input.length);
  const word = random.pick(dictionary);
  const first = buffer.indexOf(word, random.below(input.length + 1));
  const at = first < 0 ? buffer.indexOf(word) : first;
  return at < 0 ? input : splice(input, at, at + word.length, random.pick(dictionary));
};

const crossOver: Mutation = (input, { random, other }) => {
  const another = other();
  const [from, to] = range(another, random);
  const [at, end] = range(input, random);
  return splice(input, at, random.below(2) === 0 ? at : end, another.slice(from, to));
};

const join: Mutation = (input, { random, other }) => {
  const another = other();
  return splice(
    input.slice(0, random.below(input.length + 1)),
    input.length,
    input.length,
    another.slice(random.below(another.length + 1)),
  );
};

const cut: Mutation = (input, { random }) => input.slice(0, random.below(input.length + 1));

const mutations: readonly Mutation[] = [
  flipBit,
  setByte,
  addToByte,
  setInteger,
  setNumber,
  removeRange,
  removeRange,
  copyRange,
  repeatRange,
  insertBytes,
  insertText,
  insertText,
  overwriteText,
  swapText,
  swapText,
  crossOver,
  join,
  cut,
];

function changed(
  input: Uint8Array,
  random: Random,
  change: (bytes: Uint8Array, at: number) => void,
): Uint8Array {
  if (input.length === 0) return input;
  const bytes = input.slice();
  change(bytes, random.below(bytes.length));
  return bytes;
}

function range(input: Uint8Array, random: Random): [number, number] {
  const from = random.below(input.length + 1);
  const longest = random.pick([1, 4, 32, 256, input.length]);
  return [from, Math.min(input.length, from + 1 + random.below(longest))];
}

const none = new Uint8Array(0);

function splice(input: Uint8Array, from: number, to: number, inserted: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([input.subarray(0, from), inserted, input.subarray(to)]));
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}
