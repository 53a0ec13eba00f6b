import { inflatePng } from "./inflate.ts";
import { type PngHeader, PngProblem, type PngReader } from "./png-reader.ts";

/** The position of a row's pixels: `x`, `x + stepX`, ... of line `y`. */
export interface ScanlinePosition {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  /** How many pixels the row has. */
  readonly count: number;
}

/** The requested bytes of each pixel: filters never mix them, so the others are not computed. */
export interface ChannelRange {
  readonly first: number;
  readonly count: number;
}

/** An image of 128 megapixels with alpha: more is a decompression bomb, or useless to any model. */
const maxInflatedBytes = 512 * 1024 * 1024;

/** The maximum side length: a row is in memory, and a million rows of one pixel take longer than any image. */
const maxSidePx = 2 ** 20;

/** Start and step of the seven passes of Adam7, [x, y, stepX, stepY]; an image that is not interlaced is one pass. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const onePass = [[0, 0, 1, 1]] as const;

interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly count: number;
  readonly rows: number;
  readonly rowBytes: number;
}

/** Returns the bytes per pixel, at least one: the distance over which filters look back. */
export function bytesPerPixel(header: PngHeader): number {
  return Math.max(1, (samplesPerPixel(header) * header.bitDepth) / 8);
}

function samplesPerPixel({ colorType }: Pick<PngHeader, "colorType">): number {
  return { 2: 3, 4: 2, 6: 4 }[colorType] ?? 1;
}

/**
 * Inflates and unfilters the pixels one row at a time. `visit` receives the requested bytes of a row, valid until it
 * returns. It returns true to stop.
 *
 * @throws {PngProblem} when the pixels are damaged, too few, or more than the header says
 */
export async function readScanlines(
  stream: PngReader,
  header: PngHeader,
  channels: ChannelRange,
  visit: (row: Uint8Array, place: ScanlinePosition) => boolean | undefined,
): Promise<void> {
  const { widthPx, heightPx } = header;
  if (Math.max(widthPx, heightPx) > maxSidePx) {
    throw new PngProblem(
      `is ${widthPx}x${heightPx} pixels, which exceeds the maximum of ${maxSidePx} per side`,
    );
  }
  const passes = passesOf(header);
  const inflatedBytes = passes.reduce((sum, pass) => sum + pass.rows * (pass.rowBytes + 1), 0);
  if (inflatedBytes > maxInflatedBytes) {
    throw new PngProblem(
      `inflates to ${Math.round(inflatedBytes / 2 ** 20)} MB, which exceeds the maximum of 512 MB`,
    );
  }
  const push = createRowReader(passes, bytesPerPixel(header), channels, visit);
  let missing = inflatedBytes;
  for await (const bytes of inflatePng(stream)) {
    missing -= bytes.length;
    if (missing < 0) throw new PngProblem("is broken: it contains more pixels than its header says");
    if (push(bytes)) return;
  }
  if (missing > 0) throw new PngProblem("is broken: it contains fewer pixels than its header says");
}

function passesOf({ widthPx, heightPx, isInterlaced, ...header }: PngHeader): Pass[] {
  const passes = isInterlaced ? adam7 : onePass;
  const bitsPerPixel = samplesPerPixel(header) * header.bitDepth;
  return passes.flatMap(([x, y, stepX, stepY]) => {
    const count = Math.ceil((widthPx - x) / stepX);
    const rows = Math.ceil((heightPx - y) / stepY);
    const rowBytes = Math.ceil((count * bitsPerPixel) / 8);
    return count > 0 && rows > 0 ? [{ x, y, stepX, stepY, count, rows, rowBytes }] : [];
  });
}

/** Returns a function that accepts inflated bytes in any chunks and visits every row they complete. */
function createRowReader(
  passes: readonly Pass[],
  pixelBytes: number,
  channels: ChannelRange,
  visit: (row: Uint8Array, place: ScanlinePosition) => boolean | undefined,
): (bytes: Uint8Array) => boolean {
  let passIndex = -1;
  let pass: Pass | undefined;
  let line = 0;
  let filled = 0;
  let raw = new Uint8Array(0);
  let row = new Uint8Array(0);
  const startPass = (): void => {
    passIndex += 1;
    pass = passes[passIndex];
    line = 0;
    raw = new Uint8Array(1 + (pass?.rowBytes ?? 0));
    row = new Uint8Array(((raw.length - 1) / pixelBytes) * channels.count);
  };
  startPass();
  return (bytes) => {
    for (let at = 0; pass && at < bytes.length; ) {
      const chunk = bytes.subarray(at, at + raw.length - filled);
      at += chunk.length;
      let filtered = chunk;
      if (chunk.length < raw.length) {
        raw.set(chunk, filled);
        filled += chunk.length;
        if (filled < raw.length) return false;
        filtered = raw;
        filled = 0;
      }
      unfilter(filtered, row, pixelBytes, channels);
      const position = { x: pass.x, y: pass.y + line * pass.stepY, stepX: pass.stepX, count: pass.count };
      if (visit(row, position)) return true;
      line += 1;
      if (line === pass.rows) startPass();
    }
    return false;
  };
}

/**
 * Undoes a row's filter (PNG, third edition, section 9) in the requested channels. `row` initially contains the row
 * above. Each filter has its own loop: with one loop for all of them, a mask takes three times as long.
 */
function unfilter(raw: Uint8Array, row: Uint8Array, pixelBytes: number, channels: ChannelRange): void {
  const filter = raw[0] ?? 0;
  if (filter > 4) throw new PngProblem("is broken: a row has a filter that does not exist");
  const step = channels.count;
  const end = row.length;
  for (let channel = 0; channel < step; channel += 1) {
    let from = 1 + channels.first + channel;
    let left = 0;
    let aboveLeft = 0;
    if (filter === 0) {
      for (let to = channel; to < end; to += step, from += pixelBytes) row[to] = raw[from] ?? 0;
    } else if (filter === 1) {
      for (let to = channel; to < end; to += step, from += pixelBytes) {
        left = ((raw[from] ?? 0) + left) & 0xff;
        row[to] = left;
      }
    } else if (filter === 2) {
      for (let to = channel; to < end; to += step, from += pixelBytes)
        row[to] = (raw[from] ?? 0) + (row[to] ?? 0);
    } else if (filter === 3) {
      for (let to = channel; to < end; to += step, from += pixelBytes) {
        left = ((raw[from] ?? 0) + ((left + (row[to] ?? 0)) >> 1)) & 0xff;
        row[to] = left;
      }
    } else {
      for (let to = channel; to < end; to += step, from += pixelBytes) {
        const above = row[to] ?? 0;
        left = ((raw[from] ?? 0) + paeth(left, above, aboveLeft)) & 0xff;
        row[to] = left;
        aboveLeft = above;
      }
    }
  }
}

function paeth(left: number, above: number, aboveLeft: number): number {
  const byLeft = Math.abs(above - aboveLeft);
  const byAbove = Math.abs(left - aboveLeft);
  const byBoth = Math.abs(left + above - 2 * aboveLeft);
  if (byLeft <= byAbove && byLeft <= byBoth) return left;
  return byAbove <= byBoth ? above : aboveLeft;
}
