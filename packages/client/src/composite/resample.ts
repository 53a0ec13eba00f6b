import { eachRow, type Pause, type PixelBox, type PixelSize, type Pixels } from "./pixels.ts";

/** Source positions and weights of each target position along one axis. */
interface Taps {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly weights: Float32Array;
  readonly stride: number;
}

/**
 * Scales a part of an image to a size with Catmull-Rom, averaging where it is reduced. Beyond the image its edge pixels
 * repeat. A part that is not scaled is copied exactly.
 */
export async function resamplePixels(
  source: Pixels,
  part: PixelBox,
  size: PixelSize,
  pause?: Pause,
): Promise<Pixels> {
  const across = tapsOf(part.x, part.width, size.width, source.width);
  const down = tapsOf(part.y, part.height, size.height, source.height);
  const first = down.starts[0] ?? 0;
  const end = (down.starts[size.height - 1] ?? 0) + (down.counts[size.height - 1] ?? 0);
  const isOpaque = await checkOpaque(source, first, end, pause);
  const narrow = new Uint8ClampedArray((end - first) * size.width * 4);
  const row = new Uint8ClampedArray(source.width * 4);
  const premultiplied = (y: number): Uint8Array | Uint8ClampedArray => {
    const given = source.data.subarray(4 * y * source.width, 4 * (y + 1) * source.width);
    if (isOpaque) return given;
    for (let at = 0; at < row.length; at += 4) {
      const alpha = (given[at + 3] ?? 0) / 255;
      row[at] = (given[at] ?? 0) * alpha;
      row[at + 1] = (given[at + 1] ?? 0) * alpha;
      row[at + 2] = (given[at + 2] ?? 0) * alpha;
      row[at + 3] = given[at + 3] ?? 0;
    }
    return row;
  };
  const scaleRow = (y: number) =>
    scaleAcross(premultiplied(y), across, narrow, 4 * (y - first) * size.width, size.width);
  await eachRow(first, end, source.width + size.width, scaleRow, pause);
  const data = new Uint8ClampedArray(size.width * size.height * 4);
  const scaleColumn = (y: number) => {
    scaleDown(narrow, down, y, first, data, size.width);
    if (!isOpaque) unpremultiply(data.subarray(4 * y * size.width, 4 * (y + 1) * size.width));
  };
  await eachRow(0, size.height, size.width * 2, scaleColumn, pause);
  return { ...size, data };
}

/** Returns the weights with which source pixels make up each target pixel; together they are 1. */
function tapsOf(from: number, length: number, target: number, limit: number): Taps {
  const scale = length / target;
  const reach = 2 * Math.max(1, scale);
  const stride = Math.ceil(2 * reach) + 2;
  const taps = {
    starts: new Int32Array(target),
    counts: new Int32Array(target),
    weights: new Float32Array(target * stride),
    stride,
  };
  for (let to = 0; to < target; to += 1) {
    const center = from + (to + 0.5) * scale - 0.5;
    const lowest = Math.ceil(center - reach);
    const highest = Math.floor(center + reach);
    const clamp = (at: number) => Math.min(limit - 1, Math.max(0, at));
    const start = clamp(lowest);
    const found = taps.weights.subarray(to * stride, (to + 1) * stride);
    let sum = 0;
    for (let at = lowest; at <= highest; at += 1) {
      const weight = catmullRom((at - center) / Math.max(1, scale));
      const slot = clamp(at) - start;
      found[slot] = (found[slot] ?? 0) + weight;
      sum += weight;
    }
    const count = clamp(highest) - start + 1;
    for (let slot = 0; slot < count; slot += 1) found[slot] = (found[slot] ?? 0) / sum;
    // Zero weights at both ends: a part that is not scaled has one tap.
    let skipped = 0;
    while (skipped < count - 1 && found[skipped] === 0) skipped += 1;
    let used = count;
    while (used > skipped + 1 && found[used - 1] === 0) used -= 1;
    found.copyWithin(0, skipped, used);
    taps.starts[to] = start + skipped;
    taps.counts[to] = used - skipped;
  }
  return taps;
}

/** @see https://www.cs.utexas.edu/~fussell/courses/cs384g-fall2013/lectures/mitchell/Mitchell.pdf (B = 0, C = 0.5) */
function catmullRom(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

function scaleAcross(
  row: Uint8Array | Uint8ClampedArray,
  { starts, counts, weights, stride }: Taps,
  into: Uint8ClampedArray,
  offset: number,
  width: number,
): void {
  for (let x = 0; x < width; x += 1) {
    const count = counts[x] ?? 0;
    let red = 0;
    let green = 0;
    let blue = 0;
    let alpha = 0;
    for (let tap = 0, at = 4 * (starts[x] ?? 0); tap < count; tap += 1, at += 4) {
      const weight = weights[x * stride + tap] ?? 0;
      red += weight * (row[at] ?? 0);
      green += weight * (row[at + 1] ?? 0);
      blue += weight * (row[at + 2] ?? 0);
      alpha += weight * (row[at + 3] ?? 0);
    }
    const to = offset + 4 * x;
    into[to] = red;
    into[to + 1] = green;
    into[to + 2] = blue;
    into[to + 3] = alpha;
  }
}

function scaleDown(
  rows: Uint8ClampedArray,
  { starts, counts, weights, stride }: Taps,
  y: number,
  first: number,
  into: Uint8ClampedArray,
  width: number,
): void {
  const count = counts[y] ?? 0;
  const start = (starts[y] ?? 0) - first;
  const length = 4 * width;
  if (count === 1) {
    into.set(rows.subarray(start * length, (start + 1) * length), y * length);
    return;
  }
  for (let at = 0; at < length; at += 1) {
    let sum = 0;
    for (let tap = 0; tap < count; tap += 1)
      sum += (weights[y * stride + tap] ?? 0) * (rows[(start + tap) * length + at] ?? 0);
    into[y * length + at] = sum;
  }
}

function unpremultiply(row: Uint8ClampedArray): void {
  for (let at = 0; at < row.length; at += 4) {
    const alpha = (row[at + 3] ?? 0) / 255;
    if (alpha === 0 || alpha === 1) continue;
    row[at] = (row[at] ?? 0) / alpha;
    row[at + 1] = (row[at + 1] ?? 0) / alpha;
    row[at + 2] = (row[at + 2] ?? 0) / alpha;
  }
}

async function checkOpaque(
  { data, width }: Pixels,
  first: number,
  end: number,
  pause: Pause | undefined,
): Promise<boolean> {
  let lowest = 255;
  const check = (y: number) => {
    for (let at = 4 * y * width + 3; at < 4 * (y + 1) * width; at += 4)
      if ((data[at] ?? 0) < lowest) lowest = data[at] ?? 0;
  };
  await eachRow(first, end, width, check, pause);
  return lowest === 255;
}
