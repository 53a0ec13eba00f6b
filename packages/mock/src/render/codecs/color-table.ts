import type { Pixels } from "../edit-job.ts";

/** A frame in at most 256 colors. */
export interface IndexedFrame {
  /** Red, green and blue of each color. */
  colors: Uint8Array;
  /** Index of each pixel's color, rows from the top. */
  indices: Uint8Array;
  /** The color that stands for transparency, where some pixels are transparent. */
  transparentIndex?: number;
}

/** Pixels of less opacity are transparent: a GIF has nothing in between. */
const opaqueFrom = 128;
const maxColors = 255;

/** Reduces pixels to 255 colors by median cut of their 15-bit colors, and one for transparency. */
export function buildColorTable({ data }: Pixels): IndexedFrame {
  const pixelCount = data.length / 4;
  const cells = new Uint16Array(pixelCount);
  const counts = new Uint32Array(0x8000);
  let hasTransparency = false;
  for (let pixel = 0, at = 0; pixel < pixelCount; pixel += 1, at += 4) {
    const cell =
      (((data[at] as number) >> 3) << 10) |
      (((data[at + 1] as number) >> 3) << 5) |
      ((data[at + 2] as number) >> 3);
    cells[pixel] = cell;
    if ((data[at + 3] as number) < opaqueFrom) hasTransparency = true;
    else counts[cell] = (counts[cell] as number) + 1;
  }
  const boxes = splitBoxes(counts);
  const colors = new Uint8Array(3 * (boxes.length + (hasTransparency ? 1 : 0)));
  const indexOfCell = new Uint8Array(0x8000);
  for (const [index, box] of boxes.entries()) {
    colors.set(meanColor(box, counts), index * 3);
    for (const cell of box) indexOfCell[cell] = index;
  }
  const indices = new Uint8Array(pixelCount);
  for (let pixel = 0; pixel < pixelCount; pixel += 1) {
    const isTransparent = hasTransparency && (data[pixel * 4 + 3] as number) < opaqueFrom;
    indices[pixel] = isTransparent ? boxes.length : (indexOfCell[cells[pixel] as number] as number);
  }
  return { colors, indices, ...(hasTransparency ? { transparentIndex: boxes.length } : {}) };
}

type Box = Uint16Array;
const channels = [10, 5, 0] as const;

/** Splits the used cells at the median of their widest channel, the box with the most pixels first. */
function splitBoxes(counts: Uint32Array): Box[] {
  const used: number[] = [];
  for (let cell = 0; cell < counts.length; cell += 1) if (counts[cell] !== 0) used.push(cell);
  const total = (box: Box) => box.reduce((sum, cell) => sum + (counts[cell] as number), 0);
  const open = used.length === 0 ? [] : [{ box: Uint16Array.from(used), pixels: 0 }];
  const boxes: Box[] = [];
  while (open.length > 0 && open.length + boxes.length < maxColors) {
    const largest = open.reduce((most, one) => (one.pixels > most.pixels ? one : most));
    open.splice(open.indexOf(largest), 1);
    const { box } = largest;
    if (box.length === 1) {
      boxes.push(box);
      continue;
    }
    const shift = widestChannel(box);
    box.sort((a, b) => ((a >> shift) & 31) - ((b >> shift) & 31));
    const half = total(box) / 2;
    let sum = 0;
    let end = 0;
    while (end < box.length - 1 && (end === 0 || sum < half)) {
      sum += counts[box[end] as number] as number;
      end += 1;
    }
    for (const part of [box.slice(0, end), box.slice(end)]) open.push({ box: part, pixels: total(part) });
  }
  return [...boxes, ...open.map(({ box }) => box)];
}

function widestChannel(box: Box): number {
  const spread = (shift: number) => {
    let [low, high] = [31, 0];
    for (const cell of box) {
      const value = (cell >> shift) & 31;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return high - low;
  };
  return channels.reduce((widest, shift) => (spread(shift) > spread(widest) ? shift : widest));
}

function meanColor(box: Box, counts: Uint32Array): number[] {
  const pixels = box.reduce((sum, cell) => sum + (counts[cell] as number), 0);
  return channels.map((shift) => {
    const sum = box.reduce((all, cell) => all + ((cell >> shift) & 31) * (counts[cell] as number), 0);
    return Math.round(((sum / pixels) * 255) / 31);
  });
}
