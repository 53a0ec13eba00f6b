/**
 * Measures painting 500 strokes of 120 points on a mask of 2048 x 2048 pixels, then undoing and redoing all of them.
 * A frame has 16.7 ms for this and for drawing. Measures CPU time, which does not depend on the load of the machine.
 * Run it with `node bench/paint-mask.ts`.
 */
import { MaskPainter } from "../src/mask/mask-painter.ts";

const size = 2048;
const strokes = 500;
const painter = new MaskPainter({ width: size, height: size });
painter.setBrushSize(96);

let seed = 1;
/** Returns the same sequence in every run. */
function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

function measure(times: number[], work: () => void): void {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  times.push((user + system) / 1000);
}

const [moves, ends, undos, redos]: [number[], number[], number[], number[]] = [[], [], [], []];
for (let stroke = 0; stroke < strokes; stroke += 1) {
  let [x, y] = [random() * size, random() * size];
  let [dx, dy] = [random() * 60 - 30, random() * 60 - 30];
  painter.begin({ x, y, pressure: 1 }, { erase: stroke % 5 === 4 });
  for (let move = 0; move < 30; move += 1) {
    const points = Array.from({ length: 4 }, () => {
      x += dx / 2;
      y += dy / 2;
      if (x < 0 || x > size) dx = -dx;
      if (y < 0 || y > size) dy = -dy;
      return { x, y, pressure: 0.5 + random() / 2 };
    });
    measure(moves, () => painter.extend(points));
  }
  measure(ends, () => painter.commit());
}
for (let stroke = 0; stroke < strokes; stroke += 1) measure(undos, painter.undo);
for (let stroke = 0; stroke < strokes; stroke += 1) measure(redos, painter.redo);

for (const [name, times] of Object.entries({
  "a pointer move": moves,
  "the end of a stroke": ends,
  undo: undos,
  redo: redos,
})) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2);
  process.stdout.write(`${name}: median ${at(0.5)} ms, 99th percentile ${at(0.99)} ms\n`);
}
