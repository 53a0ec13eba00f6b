import { performance } from "node:perf_hooks";
import { createMask } from "@retouch/client/mask";
import { MaskPainter } from "@retouch/react-hooks";
import sharp from "sharp";
import { median, spread } from "./statistics.ts";
import { table } from "./write-report.ts";

/** Sides of square images: what models return, what a phone takes, and the largest with 4 MB of mask. */
const sidesPx = [1024, 2048, 4096];
const moves = 300;

/** Paints a stroke across an image, one point for each move of the pointer; returns the time of each move. */
function paint(painter: MaskPainter, sidePx: number): number[] {
  const times: number[] = [];
  painter.setBrushSize(sidePx / 10);
  painter.begin({ x: 0, y: sidePx / 2, pressure: 1 });
  for (let move = 1; move <= moves; move++) {
    const point = { x: (move / moves) * sidePx, y: (0.5 + 0.4 * Math.sin(move / 9)) * sidePx, pressure: 1 };
    const start = performance.now();
    painter.extend([point]);
    times.push(performance.now() - start);
  }
  painter.commit();
  return times;
}

/** Encodes what was painted as `toMask` does in its worker. */
async function encode({ bitmap }: MaskPainter): Promise<number> {
  const { width, height, pixels } = bitmap;
  const start = performance.now();
  const mask = createMask({ width, height });
  for (let at = pixels.indexOf(1); at >= 0; at = pixels.indexOf(1, at)) {
    const end = pixels.indexOf(0, at);
    mask.alpha.fill(0, at, end < 0 ? pixels.length : end);
    if (end < 0) break;
    at = end;
  }
  await mask.toPng();
  return performance.now() - start;
}

/** Encodes the same pixels with libvips. */
async function encodeWithSharp({ bitmap: { width, height, pixels } }: MaskPainter): Promise<number> {
  const start = performance.now();
  const rgba = new Uint8Array(pixels.length * 4);
  for (let at = 0; at < pixels.length; at++) rgba[at * 4 + 3] = pixels[at] === 1 ? 0 : 255;
  await sharp(rgba, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
  return performance.now() - start;
}

/** Measures `useMask` without its canvas: a stroke, and the export of a mask. */
export async function maskTimes(rounds: number): Promise<string> {
  const rows: string[][] = [];
  for (const sidePx of sidesPx) {
    const taken: number[][] = [];
    // The first round only warms up.
    for (let round = 0; round <= rounds; round++) {
      const painter = new MaskPainter({ width: sidePx, height: sidePx });
      const times = paint(painter, sidePx);
      taken.push([median(times), Math.max(...times), await encode(painter), await encodeWithSharp(painter)]);
    }
    const cell = (index: number, digits: number): string =>
      spread(
        taken.slice(1).map((values) => values[index] ?? Number.NaN),
        digits,
      );
    rows.push([`${sidePx} x ${sidePx}`, cell(0, 2), cell(1, 1), cell(2, 0), cell(3, 0)]);
  }
  const head = ["image, px", "a move of the pointer, ms", "the longest move, ms", "export, ms", "sharp, ms"];
  return `### \`useMask\`: a stroke of ${moves} moves, and the export of its mask\n\n${table(head, rows)}`;
}
