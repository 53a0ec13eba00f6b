import { buildTable, type HuffmanReader, type HuffmanTable, ScanEnded } from "./huffman-reader.ts";

/** A component of a frame, and what is known of its blocks of 8 x 8 pixels. */
export interface Component {
  readonly blocksPerMcu: number;
  /** In a scan of its own. */
  readonly blocks: number;
  /** Of each of the 64 coefficients: how many bits of it are still missing; -1 before its first scan. */
  readonly precision: Int8Array;
  /** Of each block, 64 bits: which coefficients are not zero. Only progressive scans need it. */
  nonZero: Uint32Array | undefined;
}

/** One scan: coefficients `first` to `last` of its components, without the lowest `left` bits. */
export interface Scan {
  readonly parts: readonly {
    readonly component: Component;
    /** Its Huffman tables, as the file holds them. */
    readonly dc: Uint8Array | undefined;
    readonly ac: Uint8Array | undefined;
  }[];
  readonly first: number;
  readonly last: number;
  readonly left: number;
  /** It adds a bit to coefficients of an earlier scan. */
  readonly isRefinement: boolean;
  readonly isSequential?: boolean;
}

/** 512 megapixels in grayscale. */
const maxNonZeroBlocks = 2 ** 23;

/** Returns a function that reads the codes of MCUs from `from` up to, but not including, `to`: one restart interval. */
export function readBlocks(reader: HuffmanReader, scan: Scan): (from: number, to: number) => void {
  const { parts, first, last, isRefinement, isSequential } = scan;
  const [part] = parts;
  if (!part) throw new ScanEnded();
  if (isSequential || first === 0) {
    const counted = parts.map(({ component, dc, ac }) => ({
      count: parts.length === 1 ? 1 : component.blocksPerMcu,
      dc: isRefinement ? none : buildTable(dc),
      ac: isSequential ? buildTable(ac) : none,
    }));
    return (from, to) => {
      for (let mcu = from; mcu < to; mcu += 1) {
        for (const { count, dc, ac } of counted) {
          for (let block = 0; block < count; block += 1) {
            if (isRefinement) reader.bits(1);
            else reader.bits(reader.symbol(dc) & 15);
            if (isSequential) readSequential(reader, ac);
          }
        }
      }
    };
  }
  const { component, ac } = part;
  if (parts.length > 1 || component.blocks > maxNonZeroBlocks) throw new ScanEnded();
  component.nonZero ??= new Uint32Array(component.blocks * 2);
  const { nonZero } = component;
  const table = buildTable(ac);
  const readRun = isRefinement ? readRefinement : readFirst;
  return (from, to) => {
    let run = 0;
    for (let block = from; block < to; block += 1) {
      // Without coefficients that are not zero, a refinement has nothing to say about a block of a run.
      if (run > 0 && !isRefinement) {
        const skipped = Math.min(run, to - block);
        run -= skipped;
        block += skipped - 1;
      } else run = readRun(reader, table, nonZero, block, first, last, run);
    }
  };
}

const none: HuffmanTable = new Uint16Array(0);

function readSequential(reader: HuffmanReader, ac: HuffmanTable): void {
  for (let k = 1; k < 64; k += 1) {
    const code = reader.symbol(ac);
    const size = code & 15;
    if (size > 0) {
      k += code >> 4;
      reader.bits(size);
    } else if (code === 0xf0) k += 15;
    else return;
  }
}

type ReadBlock = (
  reader: HuffmanReader,
  ac: HuffmanTable,
  nonZero: Uint32Array,
  block: number,
  first: number,
  last: number,
  run: number,
) => number;

/** Reads a block of a first scan (ITU-T T.81, G.1.2.2), and returns how many blocks after it have no code. */
const readFirst: ReadBlock = (reader, ac, nonZero, block, first, last) => {
  for (let k = first; k <= last; k += 1) {
    const code = reader.symbol(ac);
    const size = code & 15;
    if (size > 0) {
      k += code >> 4;
      reader.bits(size);
      setNonZero(nonZero, block, k);
    } else if (code === 0xf0) k += 15;
    else return (1 << (code >> 4)) + reader.bits(code >> 4) - 1;
  }
  return 0;
};

/** Reads a block of a later scan (ITU-T T.81, G.1.2.3): a bit for each coefficient that is not zero, and new ones. */
const readRefinement: ReadBlock = (reader, ac, nonZero, block, first, last, run) => {
  let k = first;
  let rest = run;
  while (rest === 0 && k <= last) {
    const code = reader.symbol(ac);
    let zeros = code >> 4;
    const isNew = (code & 15) > 0;
    if (isNew) reader.bits(1);
    else if (zeros < 15) {
      rest = (1 << zeros) + reader.bits(zeros);
      break;
    }
    for (; k <= last; k += 1) {
      if (isNonZero(nonZero, block, k)) reader.bits(1);
      else if (zeros === 0) break;
      else zeros -= 1;
    }
    if (isNew && k <= last) setNonZero(nonZero, block, k);
    k += 1;
  }
  if (rest === 0) return 0;
  // A code stands for 32,767 blocks, and most of them have no coefficient that is not zero.
  if (hasNonZero(nonZero, block)) for (; k <= last; k += 1) if (isNonZero(nonZero, block, k)) reader.bits(1);
  return rest - 1;
};

function hasNonZero(nonZero: Uint32Array, block: number): boolean {
  return nonZero[block * 2] !== 0 || nonZero[block * 2 + 1] !== 0;
}

function isNonZero(nonZero: Uint32Array, block: number, k: number): boolean {
  return (((nonZero[block * 2 + (k >> 5)] ?? 0) >>> (k & 31)) & 1) === 1;
}

function setNonZero(nonZero: Uint32Array, block: number, k: number): void {
  const at = block * 2 + (k >> 5);
  nonZero[at] = (nonZero[at] ?? 0) | (1 << (k & 31));
}
