import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxOf, countMarked, createBitmap } from "./bitmap.ts";
import { MaskPainter } from "./mask-painter.ts";
import { type MaskStroke, paintStroke } from "./stroke.ts";

const size = { width: 40, height: 30 };

function at(painter: MaskPainter, x: number, y: number): number | undefined {
  return painter.bitmap.cells[y * painter.bitmap.width + x];
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
])("refuses to paint on %d x %d pixels, which no picture has", (width, height) => {
  expect(() => new MaskPainter({ width, height })).toThrow("Give the picture's own size in whole pixels");
});

describe("MaskPainter", () => {
  it("marks a round dab of the brush's size", () => {
    const painter = new MaskPainter(size);
    painter.setBrushSize(10);
    drag(painter, [[20, 15]]);
    expect([at(painter, 20, 15), at(painter, 15, 15), at(painter, 14, 15), at(painter, 15, 10)]).toEqual([
      1, 1, 0, 0,
    ]);
    expect(countMarked(painter.bitmap)).toBe(80);
  });

  it("marks without a gap between two far points", () => {
    const painter = new MaskPainter(size);
    painter.setBrushSize(4);
    drag(painter, [
      [5, 5],
      [35, 25],
    ]);
    expect(at(painter, 20, 15)).toBe(1);
  });

  it("presses a pen's stroke thin and wide", () => {
    const painter = new MaskPainter(size);
    painter.setBrushSize(20);
    painter.begin({ x: 5, y: 15, pressure: 0.1 });
    painter.extend([{ x: 30, y: 15, pressure: 1 }]);
    painter.commit();
    expect([at(painter, 5, 17), at(painter, 30, 23)]).toEqual([0, 1]);
  });

  it("takes marks away with the eraser, and with any tool held to erase", () => {
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

  it("marks a rectangle drawn from any corner, and shows it before it is closed without marking", () => {
    const painter = new MaskPainter(size);
    painter.setTool("rectangle");
    painter.begin({ x: 30, y: 20, pressure: 1 });
    painter.extend([{ x: 10, y: 5, pressure: 1 }]);
    expect([countMarked(painter.bitmap), painter.pending?.kind]).toEqual([0, "rectangle"]);
    painter.commit();
    expect(countMarked(painter.bitmap)).toBe(20 * 15);
  });

  it("fills a lasso, holes of its own crossing included", () => {
    const painter = new MaskPainter(size);
    painter.setTool("lasso");
    // Twice round the same way: the nonzero rule fills what even-odd would leave out.
    const round = [
      [5, 5],
      [25, 5],
      [25, 25],
      [5, 25],
    ] as const;
    drag(painter, [...round, [10, 10], [20, 10], [20, 20], [10, 20]]);
    expect([at(painter, 15, 15), at(painter, 7, 7), at(painter, 30, 15)]).toEqual([1, 1, 0]);
  });

  it("keeps no area without extent", () => {
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

  it("drops a stroke that a gesture takes away, and what lay under it stays", () => {
    const painter = new MaskPainter(size);
    painter.setBrushSize(6);
    drag(painter, [[20, 15]]);
    const before = painter.bitmap.cells.slice();
    painter.begin({ x: 18, y: 14, pressure: 1 }, { erase: true });
    painter.extend([{ x: 30, y: 20, pressure: 1 }]);
    painter.discard();
    expect(painter.bitmap.cells).toEqual(before);
    expect(painter.getSnapshot().strokes).toHaveLength(1);
  });

  it("forgets what was undone once something new is painted", () => {
    const painter = new MaskPainter(size);
    drag(painter, [[5, 5]]);
    painter.undo();
    expect(painter.getSnapshot()).toMatchObject({ canUndo: false, canRedo: true, isEmpty: true });
    drag(painter, [[30, 20]]);
    expect(painter.getSnapshot().canRedo).toBe(false);
  });

  it("undoes clear and invert", () => {
    const painter = new MaskPainter(size);
    drag(painter, [
      [5, 5],
      [30, 20],
    ]);
    const painted = painter.bitmap.cells.slice();
    painter.invert();
    painter.clear();
    expect(painter.getSnapshot().isEmpty).toBe(true);
    painter.undo();
    painter.undo();
    expect(painter.bitmap.cells).toEqual(painted);
  });

  it("tells how much is marked", () => {
    const painter = new MaskPainter(size);
    painter.setTool("rectangle");
    drag(painter, [
      [0, 0],
      [20, 30],
    ]);
    expect(painter.getSnapshot()).toMatchObject({ coverage: 0.5, isEmpty: false });
  });

  it("keeps the brush between one pixel and twice the picture", () => {
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

  it("holds after any undoing and redoing exactly what its strokes add up to", () => {
    const action = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), stroke }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("undo" as const, "redo" as const) }) },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const painter = new MaskPainter(size);
        for (const step of actions) step.do === "add" ? painter.add(step.stroke) : painter[step.do]();
        const expected = createBitmap(size.width, size.height);
        for (const kept of painter.getSnapshot().strokes) paintStroke(expected, kept, boxOf(size));
        expect(painter.bitmap.cells).toEqual(expected.cells);
        expect(painter.getSnapshot().coverage).toBe(countMarked(expected) / expected.cells.length);
        const stored = new MaskPainter({ ...size, strokes: painter.getSnapshot().strokes });
        expect(stored.bitmap.cells).toEqual(expected.cells);
      }),
    );
  });
});
