import type { Pixels } from "../edit-job.ts";

/** Cells on the short edge. More would make the file larger, not the mock more real. */
const cellsOnShortEdge = 32;

/** Encodes pixels as an SVG: a mosaic of their mean colors, equal neighbors in one rectangle. */
export function encodeSvg({ width, height, data }: Pixels): Uint8Array {
  const cell = Math.max(1, Math.ceil(Math.min(width, height) / cellsOnShortEdge));
  const shapes: string[] = [];
  for (let top = 0; top < height; top += cell) {
    let run: { left: number; fill: string } | undefined;
    const rows = Math.min(cell, height - top);
    const flush = (right: number) => {
      if (run?.fill)
        shapes.push(
          `<path fill="${run.fill}" d="M${run.left} ${top}h${right - run.left}v${rows}H${run.left}z"/>`,
        );
    };
    for (let left = 0; left < width; left += cell) {
      const fill = meanFill(data, width, { left, top, columns: Math.min(cell, width - left), rows });
      if (run?.fill === fill) continue;
      flush(left);
      run = { left, fill };
    }
    flush(width);
  }
  const attributes = `xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return new TextEncoder().encode(
    `<svg ${attributes} shape-rendering="crispEdges">\n${shapes.join("\n")}\n</svg>\n`,
  );
}

/** Returns the mean color of a cell in 12 bits, empty where it is mostly transparent. */
function meanFill(
  data: Uint8ClampedArray,
  width: number,
  { left, top, columns, rows }: { left: number; top: number; columns: number; rows: number },
): string {
  const sums = [0, 0, 0];
  let opacity = 0;
  for (let y = top; y < top + rows; y += 1) {
    for (let x = left, at = (y * width + left) * 4; x < left + columns; x += 1, at += 4) {
      const alpha = data[at + 3] as number;
      opacity += alpha;
      for (let channel = 0; channel < 3; channel += 1) {
        sums[channel] = (sums[channel] as number) + (data[at + channel] as number) * alpha;
      }
    }
  }
  if (opacity < 128 * columns * rows) return "";
  return `#${sums.map((sum) => Math.round(((sum / opacity) * 15) / 255).toString(16)).join("")}`;
}
