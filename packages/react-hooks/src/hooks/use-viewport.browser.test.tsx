import { StrictMode } from "react";
import { afterEach, expect, it } from "vitest";
import { cleanup, render } from "vitest-browser-react";
import { type Mask, useMask } from "./use-mask.ts";
import { useViewport, type ViewportControls } from "./use-viewport.ts";

const seen: { mask?: Mask; viewport?: ViewportControls } = {};

const cover = { position: "absolute", inset: 0, width: "100%", height: "100%" } as const;

function Editor() {
  const viewport = useViewport({ width: 800, height: 600 });
  const mask = useMask({ width: 800, height: 600 });
  return (
    <div
      {...viewport.frameProps}
      data-testid="frame"
      style={{ ...viewport.frameProps.style, width: 400, height: 400 }}
    >
      <div style={viewport.contentStyle}>
        <canvas
          {...mask.canvasProps}
          ref={(canvas) => {
            mask.canvasProps.ref(canvas);
            Object.assign(seen, { mask, viewport });
          }}
          style={{ ...mask.canvasProps.style, ...cover }}
        />
      </div>
    </div>
  );
}

async function setUp() {
  const screen = await render(<Editor />, { wrapper: StrictMode });
  const frame = screen.getByTestId("frame").element() as HTMLElement;
  const canvas = screen.getByRole("application").element() as HTMLCanvasElement;
  await expect.poll(() => seen.viewport?.scale).toBe(0.5);
  return { frame, canvas };
}

function send(target: Element, type: string, x: number, y: number, more: PointerEventInit = {}): void {
  const { left, top } =
    document.querySelector('[data-testid="frame"]')?.getBoundingClientRect() ?? new DOMRect();
  const common = { bubbles: true, cancelable: true, isPrimary: true, pointerId: 1, pointerType: "mouse" };
  target.dispatchEvent(new PointerEvent(type, { ...common, clientX: left + x, clientY: top + y, ...more }));
}

function press(target: Element, key: string, type = "keydown"): void {
  target.dispatchEvent(new KeyboardEvent(type, { key, bubbles: true, cancelable: true }));
}

/** What the viewport shows now: scale and position. */
const shown = () => [seen.viewport?.scale, seen.viewport?.x, seen.viewport?.y];

afterEach(() => cleanup());

it("useViewport fits the image, zooms with the wheel around the pointer, and draws in the screen's resolution", async () => {
  const { frame, canvas } = await setUp();
  expect(shown()).toEqual([0.5, 0, 50]);
  const { left, top } = frame.getBoundingClientRect();
  const deltaY = -Math.log(4) / 0.002;
  frame.dispatchEvent(
    new WheelEvent("wheel", {
      deltaY,
      clientX: left + 100,
      clientY: top + 200,
      bubbles: true,
      cancelable: true,
    }),
  );
  await expect.poll(() => seen.viewport?.scale).toBeCloseTo(2);
  // What was below the pointer, 100 CSS pixels from the left at a scale of 0.5, still is.
  expect(seen.viewport?.x).toBeCloseTo(100 - 4 * 100);
  expect(seen.viewport?.y).toBeCloseTo(200 - 4 * 150);
  await expect.poll(() => canvas.width).toBe(Math.round(1600 * devicePixelRatio));
});

it("useViewport paints at any zoom where the pointer is", async () => {
  const { canvas } = await setUp();
  seen.viewport?.zoomBy(8, { x: 0, y: 50 });
  await expect.poll(() => canvas.getBoundingClientRect().width).toBe(3200);
  seen.mask?.setBrushSize(2);
  send(canvas, "pointerdown", 40, 90);
  send(canvas, "pointerup", 40, 90);
  await expect.poll(() => seen.mask?.strokes.length).toBe(1);
  // No gap is left above the enlarged image: it begins at the top of the frame.
  expect(seen.mask?.strokes[0]).toMatchObject({ kind: "brush", dabs: [{ x: 10, y: 22.5 }] });
});

it("two fingers zoom and pan, and leave no stroke", async () => {
  const { canvas } = await setUp();
  const first = { pointerType: "touch", pointerId: 5 };
  const second = { pointerType: "touch", pointerId: 6, isPrimary: false };
  send(canvas, "pointerdown", 150, 200, first);
  send(canvas, "pointermove", 160, 200, first);
  send(canvas, "pointerdown", 240, 200, second);
  send(canvas, "pointermove", 120, 200, first);
  send(canvas, "pointermove", 280, 200, second);
  await expect.poll(() => seen.viewport?.scale).toBeCloseTo(1);
  send(canvas, "pointerup", 280, 200, second);
  send(canvas, "pointermove", 200, 300, first); // the finger that is left paints nothing
  send(canvas, "pointerup", 200, 300, first);
  expect(seen.mask).toMatchObject({ isEmpty: true, strokes: [] });
  expect(await seen.mask?.toMask()).toBeUndefined();
});

it("Space and a drag pan without a stroke; without the pointer, Space paints", async () => {
  const { frame, canvas } = await setUp();
  seen.viewport?.zoomBy(4);
  await expect.poll(() => shown()).toEqual([2, -600, -400]);
  frame.dispatchEvent(new PointerEvent("pointerenter"));
  press(canvas, " ");
  send(canvas, "pointerdown", 100, 100);
  send(canvas, "pointermove", 130, 80);
  send(canvas, "pointerup", 130, 80);
  press(canvas, " ", "keyup");
  await expect.poll(() => shown()).toEqual([2, -570, -420]);
  expect(seen.mask?.strokes).toEqual([]);
  frame.dispatchEvent(new PointerEvent("pointerleave"));
  press(canvas, " ");
  press(canvas, " ");
  await expect.poll(() => seen.mask?.strokes.length).toBe(1);
});

it("+ and - zoom, 0 fits, and the arrows pan", async () => {
  const { frame } = await setUp();
  for (const key of ["+", "+", "+", "+", "-"]) press(frame, key);
  await expect.poll(() => seen.viewport?.scale).toBeCloseTo(0.5 * 1.25 ** 3);
  const [, x = 0, y = 0] = shown();
  press(frame, "ArrowRight");
  press(frame, "ArrowUp");
  await expect.poll(() => [seen.viewport?.x, seen.viewport?.y]).toEqual([x - 60, Math.min(0, y + 60)]);
  press(frame, "0");
  await expect.poll(() => shown()).toEqual([0.5, 0, 50]);
});
