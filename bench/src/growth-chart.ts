/**
 * Draws `docs/performance-growth.svg` from the measured tables of `docs/performance.md`: time and peak memory of uploads
 * of growing size. `pnpm bench --write` draws it anew; `node bench/src/growth-chart.ts` does only that.
 */
import { readFile, writeFile } from "node:fs/promises";

const page = new URL("../../docs/performance.md", import.meta.url);
const target = new URL("../../docs/performance-growth.svg", import.meta.url);

/** The tables with a size each, and the colors of their contenders: Okabe and Ito's, which everyone can distinguish. */
const titles: Readonly<Record<number, string>> = {
  96: "Growth: 96 MiB sent, from paths",
  384: "16 x 24 MiB sent, from paths",
  768: "Growth: 768 MiB sent, from paths",
};
const colors: Readonly<Record<string, string>> = {
  floor: "#7f7f7f",
  "node-http": "#000000",
  retouch: "#0072b2",
  "retouch-node": "#d55e00",
  "retouch-node-fetch": "#009e73",
};
const panelWidth = 300;
const panelHeight = 200;

interface Point {
  readonly mebibytes: number;
  readonly value: number;
}

/** Returns the median of a column for each contender of the table under a title. */
function readColumn(text: string, title: string, column: string): Map<string, number> {
  const lines = (text.split(`### ${title}\n`)[1]?.split("\n###")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("|"));
  const cells = lines.map((line) => line.split("|").map((cell) => cell.trim()));
  const at = cells[0]?.indexOf(column) ?? -1;
  if (at < 0)
    throw new Error(
      `docs/performance.md has no column "${column}" under "${title}". Run pnpm bench --write.`,
    );
  return new Map(cells.slice(2).map((row) => [row[1] ?? "", Number.parseFloat(row[at] ?? "")]));
}

function drawPanel(text: string, column: string, label: string, left: number): string {
  const series = new Map<string, Point[]>();
  for (const [size, title] of Object.entries(titles)) {
    for (const [name, value] of readColumn(text, title, column))
      if (name in colors) series.set(name, [...(series.get(name) ?? []), { mebibytes: Number(size), value }]);
  }
  const all = [...series.values()].flat();
  const largest = Math.max(...all.map(({ value }) => value));
  const x = (mebibytes: number) => (left + (mebibytes / 768) * panelWidth).toFixed(1);
  const y = (value: number) => (40 + panelHeight - (value / largest) * panelHeight).toFixed(1);
  const lines = [...series].map(([name, points]) => {
    const path = points.map(({ mebibytes, value }) => `${x(mebibytes)},${y(value)}`).join(" ");
    const dots = points.map((point) => `<circle cx="${x(point.mebibytes)}" cy="${y(point.value)}" r="3"/>`);
    return `<g stroke="${colors[name]}" fill="${colors[name]}"><polyline fill="none" stroke-width="2" points="${path}"/>${dots.join("")}</g>`;
  });
  const ticks = Object.keys(titles).map(
    (size) => `<text x="${x(Number(size))}" y="${panelHeight + 58}" text-anchor="middle">${size}</text>`,
  );
  return [
    `<text x="${left}" y="24" font-weight="bold">${label}</text>`,
    `<path d="M${left} 40V${40 + panelHeight}H${left + panelWidth}" fill="none" stroke="#999"/>`,
    `<text x="${left - 6}" y="45" text-anchor="end">${largest}</text>`,
    `<text x="${left - 6}" y="${45 + panelHeight}" text-anchor="end">0</text>`,
    ...ticks,
    ...lines,
  ].join("\n");
}

/** Draws the chart from the tables. */
export async function drawGrowth(): Promise<void> {
  const text = await readFile(page, "utf8");
  const date = /Measured on ([\d-]+)/.exec(text)?.[1] ?? "";
  const names = Object.entries(colors).map(
    ([name, color], index) =>
      `<text x="${60 + index * 130}" y="290" fill="${color}" font-weight="bold">${name}</text>`,
  );
  const chart = [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 740 325" width="740" height="325" font-family="sans-serif" font-size="12" role="img">',
    "<title>Time and peak memory of uploads of 96, 384 and 768 MiB</title>",
    '<rect width="740" height="325" fill="#fff"/>',
    drawPanel(text, "time, ms", "Time, ms, by MiB sent", 60),
    drawPanel(text, "peak RSS, MiB", "Peak memory, MiB, by MiB sent", 420),
    ...names,
    `<text x="60" y="313" fill="#555">Medians of the tables in performance.md, measured on ${date}.</text>`,
    "</svg>",
    "",
  ];
  await writeFile(target, chart.join("\n"));
}

if (import.meta.main) await drawGrowth();
