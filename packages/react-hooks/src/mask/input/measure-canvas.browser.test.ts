import { afterEach, describe, expect, it } from "vitest";
import { measureCanvas } from "./measure-canvas.ts";

afterEach(() => document.body.replaceChildren());

/** Renders a canvas of 400x300. Returns where the page shows the point at a quarter across and two thirds down. */
function show(around: string, own: string): { canvas: HTMLCanvasElement; clientX: number; clientY: number } {
  const frame = document.createElement("div");
  frame.style.cssText = `position: absolute; left: 200px; top: 150px; ${around}`;
  const canvas = document.createElement("canvas");
  canvas.style.cssText = `display: block; width: 400px; height: 300px; ${own}`;
  frame.append(canvas);
  document.body.append(frame);
  // The browser computes the expected position: a mark with the same transforms on top of the canvas.
  const mark = document.createElement("div");
  mark.style.cssText = "position: absolute; width: 0; height: 0; left: 100px; top: 200px";
  const twin = document.createElement("div");
  twin.style.cssText = `${canvas.style.cssText}; position: absolute; left: 0; top: 0`;
  twin.append(mark);
  frame.append(twin);
  const { left, top } = mark.getBoundingClientRect();
  twin.remove();
  return { canvas, clientX: left, clientY: top };
}

describe(measureCanvas, () => {
  it.each([
    ["untransformed", "", ""],
    ["scaled by its parent", "transform: scale(0.5, 2)", ""],
    ["zoomed", "zoom: 1.5", ""],
    ["rotated by its parent", "transform: rotate(90deg)", ""],
    ["rotated", "", "rotate: 30deg; scale: 1.2 0.7"],
    [
      "rotated in a rotated parent",
      "rotate: 200deg",
      "transform: translate(20px, 9px) rotate(-35deg) scale(1.4)",
    ],
    ["mirrored", "", "transform: scaleX(-1)"],
    ["skewed", "transform: skew(20deg, 5deg)", ""],
    ["transformed in 3D without depth", "transform: translateZ(0) rotateZ(15deg) scale3d(2, 1.5, 1)", ""],
    ["of a fractional size", "", "width: 333.3px; transform: rotate(0.0001deg)"],
  ])("measureCanvas finds the pointer on a canvas that is %s", (_, around, own) => {
    const { canvas, clientX, clientY } = show(around, own);
    const { x, y } = measureCanvas(canvas)(new PointerEvent("pointermove", { clientX, clientY }));
    const width = own.includes("333.3") ? 333.3 : 400;
    expect(x * width).toBeCloseTo(100, 0);
    expect(y * 300).toBeCloseTo(200, 0);
  });

  it.each([
    ["fill", "50% 50%", [0, 0, 400, 300]],
    ["contain", "50% 50%", [100, 0, 200, 300]],
    ["contain", "left top", [0, 0, 200, 300]],
    ["contain", "right 10px top 0px", [190, 0, 200, 300]],
    ["cover", "50% 50%", [0, -150, 400, 600]],
    ["cover", "0% 100%", [0, -300, 400, 600]],
    ["none", "25% 20px", [87.5, 20, 50, 75]],
    ["scale-down", "center", [175, 112.5, 50, 75]],
  ] as const)(
    "measureCanvas follows object-fit: %s; object-position: %s",
    (fit, position, [x, y, width, height]) => {
      const { canvas } = show("", `object-fit: ${fit}; object-position: ${position}`);
      Object.assign(canvas, { width: 50, height: 75 });
      const { left, top } = canvas.getBoundingClientRect();
      const at = (clientX: number, clientY: number) =>
        measureCanvas(canvas)(
          new MouseEvent("pointermove", { clientX: left + clientX, clientY: top + clientY }),
        );
      const start = at(x, y);
      const end = at(x + width, y + height);
      for (const [measured, expected] of [
        [start.x, 0],
        [start.y, 0],
        [end.x, 1],
        [end.y, 1],
      ] as const)
        expect(measured).toBeCloseTo(expected, 1);
    },
  );

  it("measureCanvas excludes the border and the padding", () => {
    const { canvas } = show("", "border: 10px solid; padding: 5px 7px; box-sizing: content-box");
    const { left, top } = canvas.getBoundingClientRect();
    const measure = measureCanvas(canvas);
    expect(measure(new PointerEvent("pointermove", { clientX: left + 17, clientY: top + 15 }))).toEqual({
      x: 0,
      y: 0,
    });
    const end = measure(new PointerEvent("pointermove", { clientX: left + 417, clientY: top + 315 }));
    expect(end).toEqual({ x: 1, y: 1 });
  });
});
