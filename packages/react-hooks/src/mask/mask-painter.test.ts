import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxOf, countMarked, createBitmap } from "./bitmap.ts";
import { MaskPainter } from "./mask-painter.ts";
import { type MaskStroke, paintStroke } from "./stroke.ts";

const size = { width: 40, height: 30 };

function at(painter: MaskPainter, x: number, y: number): number | undefined {
  return painter.bitmap.pixels[y * painter.bitmap.width + x];
}

function drag(painter: MaskPainter, points: readonly (readonly [number, number])[], erase = false): void {
  const [first, ...others] = points.map(([x, y]) => ({ x, y, pressure: 1 }));
  if (first !== undefined) painter.begin(first, { erase });
  painter.extend(others);
  painter.commit();
}

it.each([
  [Number.NaN, 4],
  [4, 2.5],
  [-1, 4],
])("MaskPainter refuses the size %d x %d, which no image has", (width, height) => {
  expect(() => new MaskPainter({ width, height })).toThrow("Pass the size of the image in integer pixels");
});

describe("MaskPainter", () => {
  it("a dab is round and has the size of the brush", () => {
    const painter = new MaskPainter(size);
    painter.setBrushSize(10);
    drag(painter, [[20, 15]]);
    expect([at(painter, 20, 15), at(painter, 15, 15), at(painter, 14, 15), at(painter, 15, 10)]).toEqual([
      1, 1, 0, 0,
    ]);
    expect(countMarked(painter.bitmap)).toBe(80);
  });

  it("a stroke between two distant points has no gap", () => {
    const painter = new MaskPainter(size);
    painter.setBrushSize(4);
    drag(painter, [
      [5, 5],
      [35, 25],
    ]);
    expect(at(painter, 20, 15)).toBe(1);
  });

  it("the width of a stroke follows the pressure", () => {
    const painter = new MaskPainter(size);
    painter.setBrushSize(20);
    painter.begin({ x: 5, y: 15, pressure: 0.1 });
    painter.extend([{ x: 30, y: 15, pressure: 1 }]);
    painter.commit();
    expect([at(painter, 5, 17), at(painter, 30, 23)]).toEqual([0, 1]);
  });

  it("the eraser, and any tool with `erase`, erases marks", () => {
    const painter = new MaskPainter(size);
    painter.invert();
    painter.setTool("eraser");
    painter.setBrushSize(4);
    drag(painter, [[10, 10]]);
    painter.setTool("rectangle");
    drag(
      painter,
      [
        [20, 20],
        [30, 25],
      ],
      true,
    );
    expect([at(painter, 10, 10), at(painter, 25, 22), at(painter, 0, 0)]).toEqual([0, 0, 1]);
  });

  it("a rectangle can start at any corner and marks nothing until it is closed", () => {
    const painter = new MaskPainter(size);
    painter.setTool("rectangle");
    painter.begin({ x: 30, y: 20, pressure: 1 });
    painter.extend([{ x: 10, y: 5, pressure: 1 }]);
    expect([countMarked(painter.bitmap), painter.pending?.kind]).toEqual([0, "rectangle"]);
    painter.commit();
    expect(countMarked(painter.bitmap)).toBe(20 * 15);
  });

  it("a lasso that crosses itself is filled without holes", () => {
    const painter = new MaskPainter(size);
    painter.setTool("lasso");
    // Twice around in the same direction: the nonzero rule fills what even-odd would omit.
    const round = [
      [5, 5],
      [25, 5],
      [25, 25],
      [5, 25],
    ] as const;
    drag(painter, [...round, [10, 10], [20, 10], [20, 20], [10, 20]]);
    expect([at(painter, 15, 15), at(painter, 7, 7), at(painter, 30, 15)]).toEqual([1, 1, 0]);
  });

  it("an area without extent is dropped", () => {
    const painter = new MaskPainter(size);
    painter.setTool("rectangle");
    drag(painter, [[10, 10]]);
    painter.setTool("lasso");
    drag(painter, [
      [10, 10],
      [20, 20],
    ]);
    expect(painter.getSnapshot()).toMatchObject({ strokes: [], canUndo: false, isEmpty: true });
  });

  it("discard drops the stroke in progress and restores what was below it", () => {
    const painter = new MaskPainter(size);
    painter.setBrushSize(6);
    drag(painter, [[20, 15]]);
    const before = painter.bitmap.pixels.slice();
    painter.begin({ x: 18, y: 14, pressure: 1 }, { erase: true });
    painter.extend([{ x: 30, y: 20, pressure: 1 }]);
    painter.discard();
    expect(painter.bitmap.pixels).toEqual(before);
    expect(painter.getSnapshot().strokes).toHaveLength(1);
  });

  it("a new stroke clears the redo stack", () => {
    const painter = new MaskPainter(size);
    drag(painter, [[5, 5]]);
    painter.undo();
    expect(painter.getSnapshot()).toMatchObject({ canUndo: false, canRedo: true, isEmpty: true });
    drag(painter, [[30, 20]]);
    expect(painter.getSnapshot().canRedo).toBe(false);
  });

  it("undo restores the mask before clear and invert", () => {
    const painter = new MaskPainter(size);
    drag(painter, [
      [5, 5],
      [30, 20],
    ]);
    const painted = painter.bitmap.pixels.slice();
    painter.invert();
    painter.clear();
    expect(painter.getSnapshot().isEmpty).toBe(true);
    painter.undo();
    painter.undo();
    expect(painter.bitmap.pixels).toEqual(painted);
  });

  it("coverage is the share of marked pixels", () => {
    const painter = new MaskPainter(size);
    painter.setTool("rectangle");
    drag(painter, [
      [0, 0],
      [20, 30],
    ]);
    expect(painter.getSnapshot()).toMatchObject({ coverage: 0.5, isEmpty: false });
  });

  it("the brush size is limited to between 1 pixel and twice the image", () => {
    const painter = new MaskPainter(size);
    painter.setBrushSize(0);
    expect(painter.getSnapshot().brushSizePx).toBe(1);
    painter.setBrushSize(9999);
    expect(painter.getSnapshot().brushSizePx).toBe(80);
  });

  const coordinate = fc.double({ min: -10, max: 60, noNaN: true });
  const mode = fc.constantFrom("mark" as const, "erase" as const);
  const stroke: fc.Arbitrary<MaskStroke> = fc.oneof(
    fc.record({
      kind: fc.constant("brush" as const),
      mode,
      dabs: fc.array(
        fc.record({ x: coordinate, y: coordinate, radius: fc.double({ min: 0.5, max: 12, noNaN: true }) }),
        { minLength: 1, maxLength: 6 },
      ),
    }),
    fc.record({
      kind: fc.constant("rectangle" as const),
      mode,
      corners: fc.tuple(coordinate, coordinate, coordinate, coordinate),
    }),
    fc.record({
      kind: fc.constant("lasso" as const),
      mode,
      outline: fc
        .array(coordinate, { minLength: 6, maxLength: 12 })
        .map((list) => list.slice(0, list.length & ~1)),
    }),
    fc.constantFrom<MaskStroke>({ kind: "invert" }, { kind: "clear" }),
  );

  it("coverage follows strokes that are drawn, dropped, erased and undone", () => {
    const painter = new MaskPainter({ ...size, strokes: [{ kind: "invert" }] });
    const draw = (end: "commit" | "discard", erase: boolean) => {
      painter.begin({ x: 3, y: 4, pressure: 1 }, { erase });
      painter.extend([{ x: 15, y: 11, pressure: 0.5 }]);
      painter.extend([{ x: -9, y: 30, pressure: 1 }]);
      painter[end]();
    };
    const marked = () => countMarked(painter.bitmap) / (size.width * size.height);
    const seen = [
      () => draw("commit", true),
      () => draw("discard", false),
      () => draw("commit", false),
      painter.undo,
      painter.undo,
      painter.redo,
      painter.clear,
    ].map((step) => {
      step();
      expect(painter.getSnapshot().coverage).toBe(marked());
      return marked();
    });
    expect(new Set(seen).size).toBeGreaterThan(2); // they do change it
  });

  it("the bitmap equals the sum of its strokes after any undo and redo", () => {
    const action = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), stroke }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("undo" as const, "redo" as const) }) },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const painter = new MaskPainter(size);
        const done: MaskStroke[] = [];
        let undone: MaskStroke[] = [];
        for (const step of actions) {
          if (step.do === "add") {
            painter.add(step.stroke);
            done.push(step.stroke);
            undone = [];
            continue;
          }
          painter[step.do]();
          const [from, to] = step.do === "undo" ? [done, undone] : [undone, done];
          const moved = from.pop();
          if (moved !== undefined) to.push(moved);
        }
        expect(painter.getSnapshot().strokes).toEqual(done);
        const expected = createBitmap(size.width, size.height);
        for (const painted of painter.getSnapshot().strokes) paintStroke(expected, painted, boxOf(size));
        expect(painter.bitmap.pixels).toEqual(expected.pixels);
        expect(painter.getSnapshot().coverage).toBe(countMarked(expected) / expected.pixels.length);
        const stored = new MaskPainter({ ...size, strokes: painter.getSnapshot().strokes });
        expect(stored.bitmap.pixels).toEqual(expected.pixels);
      }),
    );
  });
});
