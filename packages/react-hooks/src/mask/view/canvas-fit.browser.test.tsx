import { StrictMode, useEffect } from "react";
import { afterEach, expect, it } from "vitest";
import { cdp } from "vitest/browser";
import { cleanup, render } from "vitest-browser-react";
import { type Mask, useMask } from "../../hooks/use-mask.ts";
import { useViewport, type ViewportControls } from "../../hooks/use-viewport.ts";

const seen: { mask?: Mask; viewport?: ViewportControls } = {};

/** A photograph of 12 megapixels in a frame of 400 x 300. */
function Editor({ style = {} }: { style?: object }) {
  const viewport = useViewport({ width: 4000, height: 3000 });
  const mask = useMask({ width: 4000, height: 3000 });
  useEffect(() => {
    Object.assign(seen, { mask, viewport });
  });
  return (
    <div
      {...viewport.frameProps}
      data-testid="frame"
      style={{ ...viewport.frameProps.style, width: 400, height: 300 }}
    >
      <div style={viewport.contentStyle}>
        <canvas
          {...mask.canvasProps}
          style={{
            ...mask.canvasProps.style,
            ...{ position: "absolute", inset: 0, width: "100%", height: "100%" },
            ...style,
          }}
        />
      </div>
    </div>
  );
}

async function setUp(style?: object) {
  const screen = await render(<Editor {...(style && { style })} />, { wrapper: StrictMode });
  const frame = screen.getByTestId("frame").element() as HTMLElement;
  const canvas = screen.getByRole("application").element() as HTMLCanvasElement;
  await expect.poll(() => seen.viewport?.scale).toBe(0.1);
  return { frame, canvas };
}

/** Returns whether the canvas shows a mark at a point of the frame; `undefined` where the canvas has no pixels. */
function isMarkedAt(frame: HTMLElement, canvas: HTMLCanvasElement, x: number, y: number) {
  const origin = frame.getBoundingClientRect();
  const box = canvas.getBoundingClientRect();
  const own = getComputedStyle(canvas);
  const [left, top] = [Number.parseFloat(own.paddingLeft), Number.parseFloat(own.paddingTop)];
  const width = box.width - left - Number.parseFloat(own.paddingRight);
  const pixelsPerPx = canvas.width / width;
  const at = [origin.left + x - box.left - left, origin.top + y - box.top - top];
  const [column = -1, row = -1] = at.map((one) => Math.floor(one * pixelsPerPx));
  if (column < 0 || row < 0 || column >= canvas.width || row >= canvas.height) return undefined;
  return (canvas.getContext("2d")?.getImageData(column, row, 1, 1).data[3] ?? 0) > 0;
}

/** Canvas pixels per CSS pixel of what they are shown on. */
function density(canvas: HTMLCanvasElement): number {
  const own = getComputedStyle(canvas);
  const padding = Number.parseFloat(own.paddingLeft) + Number.parseFloat(own.paddingRight);
  return canvas.width / (canvas.getBoundingClientRect().width - padding);
}

async function emulateRatio(deviceScaleFactor: number): Promise<void> {
  await cdp().send("Emulation.setDeviceMetricsOverride", {
    ...{ width: 0, height: 0, mobile: false },
    deviceScaleFactor,
  });
}

afterEach(async () => {
  await cleanup();
  await cdp().send("Emulation.clearDeviceMetricsOverride");
});

it("the canvas of a photograph has the pixels of the screen at any zoom, and few of them", async () => {
  const { frame, canvas } = await setUp();
  seen.mask?.add({ kind: "rectangle", mode: "mark", corners: [2000, 1500, 2004, 1504] });
  for (const scale of [3, 31.7]) {
    seen.viewport?.zoomBy(scale / (seen.viewport.scale ?? 1));
    await expect.poll(() => canvas.getBoundingClientRect().width).toBeCloseTo(4000 * scale, 0);
    // The corner of the mark is the center of the frame, and its edge is a pixel of the screen.
    const near = 1.01 / devicePixelRatio;
    const corner = () =>
      [near, -near].map((by) => [
        isMarkedAt(frame, canvas, 200 + by, 150 + by),
        isMarkedAt(frame, canvas, 200 + 4 * scale - by, 150 + by),
      ]);
    await expect.poll(() => density(canvas)).toBeCloseTo(devicePixelRatio, 3);
    expect(corner()).toEqual([
      [true, true],
      [false, false],
    ]);
    expect(canvas.width * canvas.height).toBeLessThanOrEqual(400 * 300 * 2.25 * devicePixelRatio ** 2);
  }
});

it("a pan shows what it uncovers", async () => {
  const { frame, canvas } = await setUp();
  seen.mask?.add({ kind: "rectangle", mode: "mark", corners: [2500, 0, 2600, 3000] });
  seen.viewport?.zoomBy(40);
  await expect.poll(() => density(canvas)).toBeCloseTo(devicePixelRatio, 3);
  expect(isMarkedAt(frame, canvas, 200, 150)).toBe(false);
  seen.viewport?.panBy(-550 * 4, 0); // column 2550 is in the center now
  await expect.poll(() => isMarkedAt(frame, canvas, 200, 150)).toBe(true);
  await expect.poll(() => density(canvas)).toBeCloseTo(devicePixelRatio, 3);
});

it("a stroke on the visible part is painted where the pointer is", async () => {
  const { frame, canvas } = await setUp();
  seen.viewport?.zoomBy(40); // a scale of 4, around the center
  await expect.poll(() => canvas.style.padding).not.toBe("");
  seen.mask?.setBrushSize(4);
  const { left, top } = frame.getBoundingClientRect();
  const common = { bubbles: true, isPrimary: true, pointerId: 1, pointerType: "mouse" };
  for (const type of ["pointerdown", "pointerup"])
    canvas.dispatchEvent(new PointerEvent(type, { ...common, clientX: left + 240, clientY: top + 170 }));
  await expect.poll(() => seen.mask?.strokes.length).toBe(1);
  expect(seen.mask?.strokes[0]).toMatchObject({
    kind: "brush",
    dabs: [{ x: expect.closeTo(2010), y: expect.closeTo(1505) }],
  });
  await expect.poll(() => isMarkedAt(frame, canvas, 240, 170)).toBe(true);
});

it.each([1.25, 2])("a screen with %s pixels per CSS pixel gets all of them", async (ratio) => {
  // In the top window of a page, a change alone draws again: see the end-to-end tests of the example.
  await emulateRatio(ratio);
  const { frame, canvas } = await setUp();
  seen.mask?.add({ kind: "rectangle", mode: "mark", corners: [2000, 0, 2600, 3000] });
  await expect.poll(() => canvas.width).toBe(400 * ratio);
  seen.viewport?.zoomBy(40);
  await expect.poll(() => density(canvas)).toBeCloseTo(ratio, 3);
  await expect.poll(() => isMarkedAt(frame, canvas, 210, 150)).toBe(true);
  await emulateRatio(1);
  dispatchEvent(new Event("resize"));
  await expect.poll(() => density(canvas)).toBeCloseTo(1, 3);
  const loops: string[] = [];
  const record = ({ message }: ErrorEvent) => loops.push(message);
  addEventListener("error", record);
  seen.viewport?.fit();
  await expect.poll(() => canvas.width).toBe(400);
  removeEventListener("error", record);
  // The canvas shrinks in one step: its padding does not hold it.
  expect(loops).toEqual([]);
  expect(canvas.style.padding).toBe("");
});

it("a canvas with a border, or rotated, shows the complete image", async () => {
  for (const style of [{ border: "3px solid" }, { rotate: "90deg" }, { padding: 5 }]) {
    const { canvas } = await setUp(style);
    seen.viewport?.zoomBy(40);
    await expect.poll(() => canvas.getBoundingClientRect().width).toBeGreaterThan(10_000);
    await expect.poll(() => canvas.width).toBe(4000);
    await cleanup();
  }
});
