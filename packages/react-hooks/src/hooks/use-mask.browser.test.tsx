import { useState } from "react";
import { afterEach, describe, expect, it } from "vitest";
import { cleanup, render } from "vitest-browser-react";
import { pointer } from "../fixtures/pointer.ts";
import { type Mask, useMask } from "./use-mask.ts";

const seen: { mask?: Mask } = {};

function Painting({ width, height, shownWidth }: { width: number; height: number; shownWidth: number }) {
  const mask = useMask({ width, height });
  return (
    <>
      <canvas
        {...mask.canvasProps}
        ref={(canvas) => {
          mask.canvasProps.ref(canvas);
          seen.mask = mask;
        }}
        style={{
          ...mask.canvasProps.style,
          width: shownWidth,
          height: (shownWidth * height) / width,
          display: "block",
        }}
      />
      <output>{`${mask.strokes.length} strokes, ${Math.round(mask.coverage * 1000)}`}</output>
    </>
  );
}

/** Enlarges its image, as a page with zoom does. */
function Zooming() {
  const [shownWidth, setShownWidth] = useState(200);
  return (
    <>
      <button type="button" onClick={() => setShownWidth(400)}>
        Zoom
      </button>
      <Painting width={800} height={600} shownWidth={shownWidth} />
    </>
  );
}

async function pixelsOf(mask: Blob | undefined): Promise<ImageData> {
  if (mask === undefined) throw new Error("The mask is missing.");
  const bitmap = await createImageBitmap(mask, { premultiplyAlpha: "none" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("The canvas context is missing.");
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

function alphaAt({ data, width }: ImageData, x: number, y: number): number | undefined {
  return data[4 * (y * width + x) + 3];
}

const paintedMask = (): Mask => {
  if (seen.mask === undefined) throw new Error("Nothing was rendered.");
  return seen.mask;
};

afterEach(() => cleanup());

describe("useMask", () => {
  it("useMask paints in image pixels at any zoom and exports alpha 0 or 255", async () => {
    const screen = await render(<Zooming />);
    const canvas = screen.getByRole("application").element();
    paintedMask().setBrushSize(40);
    pointer(canvas, "pointerdown", 50, 75);
    pointer(canvas, "pointerup", 50, 75);
    await screen.getByText("Zoom").click();
    pointer(canvas, "pointerdown", 300, 75);
    pointer(canvas, "pointerup", 300, 75);
    const blob = await paintedMask().toMask();
    const pixels = await pixelsOf(blob);
    expect([pixels.width, pixels.height, blob?.type]).toEqual([800, 600, "image/png"]);
    // A quarter of the way at 200 px wide is 200 px of the source; at 400 px wide, 300 is 600.
    expect([alphaAt(pixels, 200, 300), alphaAt(pixels, 600, 150), alphaAt(pixels, 400, 300)]).toEqual([
      0, 0, 255,
    ]);
    expect([alphaAt(pixels, 181, 300), alphaAt(pixels, 178, 300)]).toEqual([0, 255]);
    expect(new Set(pixels.data.filter((_, index) => index % 4 === 3))).toEqual(new Set([0, 255]));
    expect(blob?.size).toBeLessThan(4 * 1024 * 1024);
  });

  it("toMask resolves with undefined while nothing is marked", async () => {
    await render(<Painting width={80} height={60} shownWidth={80} />);
    expect(await paintedMask().toMask()).toBeUndefined();
    paintedMask().invert();
    expect(await paintedMask().toMask()).toBeInstanceOf(Blob);
  });

  it("useMask draws the marked area on the canvas in the next frame", async () => {
    const screen = await render(<Painting width={400} height={300} shownWidth={400} />);
    const canvas = screen.getByRole("application").element() as HTMLCanvasElement;
    paintedMask().add({ kind: "rectangle", mode: "mark", corners: [0, 0, 200, 300] });
    await expect
      .poll(() => canvas.getContext("2d")?.getImageData(Math.floor(canvas.width / 4), 100, 1, 1).data[3])
      .toBeGreaterThan(50);
    expect(canvas.getContext("2d")?.getImageData(canvas.width - 10, 100, 1, 1).data[3]).toBe(0);
  });

  it("a stroke follows all moves that one frame coalesces", async () => {
    const screen = await render(<Painting width={400} height={300} shownWidth={400} />);
    const canvas = screen.getByRole("application").element();
    paintedMask().setBrushSize(10);
    pointer(canvas, "pointerdown", 10, 10);
    const corner = new PointerEvent("pointermove", {
      clientX: canvas.getBoundingClientRect().left + 100,
      clientY: canvas.getBoundingClientRect().top + 10,
      pointerId: 1,
    });
    const move = new PointerEvent("pointermove", {
      ...{ pointerId: 1, isPrimary: true, pointerType: "mouse" },
      clientX: canvas.getBoundingClientRect().left + 100,
      clientY: canvas.getBoundingClientRect().top + 100,
      coalescedEvents: [corner],
    });
    canvas.dispatchEvent(move);
    pointer(canvas, "pointermove", 100, 100);
    pointer(canvas, "pointerup", 100, 100);
    const pixels = await pixelsOf(await paintedMask().toMask());
    expect([alphaAt(pixels, 60, 10), alphaAt(pixels, 100, 60), alphaAt(pixels, 55, 55)]).toEqual([0, 0, 255]);
  });

  it("a light pen paints a thinner stroke, and its eraser end erases", async () => {
    const screen = await render(<Painting width={400} height={300} shownWidth={400} />);
    const canvas = screen.getByRole("application").element();
    paintedMask().setBrushSize(100);
    pointer(canvas, "pointerdown", 100, 150, { pointerType: "pen", pressure: 0.01 });
    pointer(canvas, "pointerup", 100, 150, { pointerType: "pen" });
    pointer(canvas, "pointerdown", 300, 150, { pointerType: "pen", pressure: 1 });
    pointer(canvas, "pointerup", 300, 150, { pointerType: "pen" });
    pointer(canvas, "pointerdown", 300, 120, { pointerType: "pen", pressure: 0.01, button: 5 });
    pointer(canvas, "pointerup", 300, 120, { pointerType: "pen" });
    const pixels = await pixelsOf(await paintedMask().toMask());
    expect([alphaAt(pixels, 130, 150), alphaAt(pixels, 340, 150), alphaAt(pixels, 300, 120)]).toEqual([
      255, 0, 255,
    ]);
  });

  it("a second finger and a right click start no stroke, and a canceled pointer drops its stroke", async () => {
    const screen = await render(<Painting width={400} height={300} shownWidth={400} />);
    const canvas = screen.getByRole("application").element();
    pointer(canvas, "pointerdown", 10, 10, { isPrimary: false, pointerId: 2 });
    pointer(canvas, "pointerdown", 10, 10, { button: 2 });
    pointer(canvas, "pointerdown", 50, 50);
    expect(await paintedMask().toMask()).toBeInstanceOf(Blob); // painted while it is drawn
    pointer(canvas, "pointercancel", 50, 50);
    expect(await paintedMask().toMask()).toBeUndefined();
    expect(paintedMask()).toMatchObject({ isEmpty: true, strokes: [] });
    pointer(canvas, "pointerdown", 50, 50);
    pointer(canvas, "pointerup", 50, 50);
    await expect.element(screen.getByText(/^1 strokes/)).toBeInTheDocument();
  });

  it("a second finger drops the stroke of the first, and nothing is painted until both are lifted", async () => {
    const screen = await render(<Painting width={400} height={300} shownWidth={400} />);
    const canvas = screen.getByRole("application").element();
    const first = { pointerType: "touch", pointerId: 5 };
    const second = { pointerType: "touch", pointerId: 6, isPrimary: false };
    pointer(canvas, "pointerdown", 100, 100, first);
    pointer(canvas, "pointermove", 120, 100, first);
    expect(await paintedMask().toMask()).toBeInstanceOf(Blob); // painted while it is drawn
    pointer(canvas, "pointerdown", 200, 200, second);
    pointer(canvas, "pointermove", 150, 100, first);
    pointer(canvas, "pointermove", 250, 200, second);
    pointer(canvas, "pointerup", 150, 100, first);
    pointer(canvas, "pointerup", 250, 200, second);
    expect(await paintedMask().toMask()).toBeUndefined();
    expect(paintedMask()).toMatchObject({ isEmpty: true, strokes: [] });
  });

  it("useMask can be painted with only the keyboard", async () => {
    const screen = await render(<Painting width={400} height={300} shownWidth={400} />);
    const canvas = screen.getByRole("application").element() as HTMLCanvasElement;
    canvas.focus();
    const press = (key: string, more: KeyboardEventInit = {}) =>
      canvas.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
    press(" ");
    press("ArrowRight", { shiftKey: true });
    press(" ");
    await expect.element(screen.getByText(/^1 strokes/)).toBeInTheDocument();
    press("r");
    press("Enter");
    press("ArrowDown", { shiftKey: true });
    press("ArrowLeft", { shiftKey: true });
    press("Enter");
    await expect.element(screen.getByText(/^2 strokes/)).toBeInTheDocument();
    press("z", { ctrlKey: true });
    await expect.element(screen.getByText(/^1 strokes/)).toBeInTheDocument();
    press("z", { ctrlKey: true, shiftKey: true });
    await expect.element(screen.getByText(/^2 strokes/)).toBeInTheDocument();
    press("l");
    press(" ");
    press("ArrowUp");
    press("Escape");
    press("i");
    await expect.element(screen.getByText(/^3 strokes/)).toBeInTheDocument();
    press("Delete");
    await expect.element(screen.getByText("4 strokes, 0")).toBeInTheDocument();
  });

  it("useMask starts an empty mask for an image of another size", async () => {
    const screen = await render(<Painting width={400} height={300} shownWidth={400} />);
    paintedMask().invert();
    await expect.element(screen.getByText("1 strokes, 1000")).toBeInTheDocument();
    await screen.rerender(<Painting width={200} height={300} shownWidth={200} />);
    await expect.element(screen.getByText("0 strokes, 0")).toBeInTheDocument();
  });
});
