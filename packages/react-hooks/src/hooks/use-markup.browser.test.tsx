import { StrictMode } from "react";
import { afterEach, describe, expect, it } from "vitest";
import { cleanup, render } from "vitest-browser-react";
import { pixelsOf } from "../fixtures/images.ts";
import { pointer } from "../fixtures/pointer.ts";
import { type Markup, useMarkup } from "./use-markup.ts";
import { useViewport } from "./use-viewport.ts";

const seen: { markup?: Markup } = {};

function Drawing({ width = 800, height = 600 }: { width?: number; height?: number }) {
  const viewport = useViewport({ width, height });
  const markup = useMarkup({ width, height, color: "rgb(255 0 0)" });
  return (
    <>
      <div
        {...viewport.frameProps}
        style={{ ...viewport.frameProps.style, width: width / 2, height: height / 2 }}
      >
        <div style={viewport.contentStyle}>
          <canvas
            {...markup.canvasProps}
            ref={(canvas) => {
              markup.canvasProps.ref(canvas);
              seen.markup = markup;
            }}
            style={{
              ...markup.canvasProps.style,
              position: "absolute",
              inset: 0,
              width: "100%",
              height: "100%",
            }}
          />
        </div>
      </div>
      <button type="button" onClick={() => viewport.zoomBy(4, { x: 0, y: 0 })}>
        Zoom
      </button>
      <output>{`${viewport.scale}: ${markup.items.map(({ kind }) => kind).join()}, ${markup.tool}`}</output>
    </>
  );
}

const drawn = (): Markup => {
  if (seen.markup === undefined) throw new Error("Nothing was rendered.");
  return seen.markup;
};

type Rgba = readonly number[];
const at = ({ data, width }: ImageData, x: number, y: number): Rgba => [
  ...data.slice(4 * (y * width + x), 4 * (y * width + x) + 4),
];
const red = [255, 0, 0, 255];
const clear = [0, 0, 0, 0];

/** Drags from one point of the canvas to another, in CSS pixels. */
function drag(
  canvas: Element,
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
): void {
  pointer(canvas, "pointerdown", x0, y0);
  pointer(canvas, "pointermove", x1, y1);
  pointer(canvas, "pointerup", x1, y1);
}

afterEach(() => cleanup());

describe("useMarkup", () => {
  it("useMarkup draws in image pixels at any zoom of a viewport, and exports a PNG that is transparent elsewhere", async () => {
    const screen = await render(
      <StrictMode>
        <Drawing />
      </StrictMode>,
    );
    await expect.element(screen.getByText("0.5: , arrow")).toBeInTheDocument();
    const canvas = screen.getByRole("application").element() as HTMLCanvasElement;
    drag(canvas, [50, 50], [150, 50]);
    drawn().setTool("box");
    await screen.getByText("Zoom").click();
    await expect.element(screen.getByText("2: arrow, box")).toBeInTheDocument();
    drag(canvas, [100, 200], [300, 400]);
    await expect.element(screen.getByText("2: arrow,box, box")).toBeInTheDocument();
    expect(drawn().items).toEqual([
      { kind: "arrow", lineWidthPx: 4, ends: [100, 100, 300, 100] },
      { kind: "box", lineWidthPx: 4, corners: [50, 100, 150, 200] },
    ]);
    const blob = await drawn().toMarkup();
    expect(await drawn().toMarkup()).toBe(blob);
    expect(blob?.type).toBe("image/png");
    const pixels = await pixelsOf(blob ?? new Blob());
    expect([pixels.width, pixels.height]).toEqual([800, 600]);
    // The arrow has its head at its end, and the box is hollow.
    expect([at(pixels, 200, 100), at(pixels, 288, 107), at(pixels, 100, 200), at(pixels, 50, 150)]).toEqual([
      red,
      red,
      red,
      red,
    ]);
    expect([at(pixels, 112, 107), at(pixels, 100, 150), at(pixels, 400, 300), at(pixels, 799, 599)]).toEqual([
      clear,
      clear,
      clear,
      clear,
    ]);
    const { left, top } = canvas.getBoundingClientRect();
    const scale = (canvas.width / canvas.clientWidth) * 2;
    const shown = () => canvas.getContext("2d")?.getImageData(50 * scale, 150 * scale, 1, 1).data;
    expect([left, top].every(Number.isFinite)).toBe(true);
    await expect.poll(() => [...(shown() ?? [])]).toEqual(red);
  });

  it("useMarkup keeps a note within the image, and drops one without text", async () => {
    const screen = await render(<Drawing width={400} height={300} />);
    const canvas = screen.getByRole("application").element();
    drawn().setTool("note");
    drag(canvas, [10, 10], [10, 10]);
    expect(drawn()).toMatchObject({ isEmpty: true, canUndo: false });
    expect(await drawn().toMarkup()).toBeUndefined();
    drawn().setNote("a red door, and a great many words that are wider than all of the image");
    drag(canvas, [190, 140], [190, 140]);
    await expect.element(screen.getByText("0.5: note, note")).toBeInTheDocument();
    const pixels = await pixelsOf((await drawn().toMarkup()) ?? new Blob());
    const columns = new Set<number>();
    const rows = new Set<number>();
    for (let index = 3; index < pixels.data.length; index += 4)
      if ((pixels.data[index] ?? 0) > 0) {
        columns.add(((index - 3) / 4) % 400);
        rows.add(Math.floor((index - 3) / 4 / 400));
      }
    // As wide as the image, but for its edge; the lower edge has room.
    expect(Math.min(...columns)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...columns)).toBeLessThan(399);
    expect(columns.size).toBeGreaterThan(350);
    expect([Math.min(...rows) >= 270, Math.max(...rows) < 299]).toEqual([true, true]);
  });

  it("useMarkup can be used with only the keyboard, and says what it is", async () => {
    const screen = await render(<Drawing />);
    const found = screen.getByRole("application", { name: "Markup: draw what you mean" });
    const canvas = found.element() as HTMLCanvasElement;
    expect(canvas.getAttribute("aria-roledescription")).toBe("markup painter");
    expect(canvas.tabIndex).toBe(0);
    canvas.focus();
    const press = (key: string, more: KeyboardEventInit = {}) =>
      canvas.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
    press(" ");
    press("ArrowRight", { shiftKey: true });
    press(" ");
    await expect.element(screen.getByText("0.5: arrow, arrow")).toBeInTheDocument();
    expect(drawn().items).toEqual([{ kind: "arrow", lineWidthPx: 4, ends: [400, 300, 464, 300] }]);
    press("b");
    press("]");
    press("Enter");
    press("ArrowDown", { shiftKey: true });
    press("Enter");
    await expect.element(screen.getByText("0.5: arrow,box, box")).toBeInTheDocument();
    press("n");
    drawn().setNote("here");
    press("Enter");
    press("Escape");
    press("Enter");
    press("Enter");
    await expect.element(screen.getByText("0.5: arrow,box,note, note")).toBeInTheDocument();
    press("z", { ctrlKey: true });
    press("z", { ctrlKey: true });
    await expect.element(screen.getByText("0.5: arrow, note")).toBeInTheDocument();
    press("y", { ctrlKey: true });
    await expect.element(screen.getByText("0.5: arrow,box, note")).toBeInTheDocument();
    press("Delete");
    await expect.element(screen.getByText("0.5: , note")).toBeInTheDocument();
    press("z", { ctrlKey: true });
    await expect.element(screen.getByText("0.5: arrow,box, note")).toBeInTheDocument();
  });

  it("a second finger drops what the first one draws, and a click draws no arrow", async () => {
    const screen = await render(<Drawing />);
    const canvas = screen.getByRole("application").element();
    const touch = { pointerType: "touch", pointerId: 5 };
    pointer(canvas, "pointerdown", 100, 100, touch);
    pointer(canvas, "pointermove", 200, 100, touch);
    pointer(canvas, "pointerdown", 200, 200, { pointerType: "touch", pointerId: 6, isPrimary: false });
    pointer(canvas, "pointerup", 250, 100, touch);
    drag(canvas, [100, 100], [100, 100]);
    expect(drawn().isEmpty).toBe(true);
    drag(canvas, [100, 100], [200, 100]);
    await expect.element(screen.getByText("0.5: arrow, arrow")).toBeInTheDocument();
  });

  it("useMarkup starts an empty markup for an image of another size", async () => {
    const screen = await render(<Drawing />);
    drawn().add({ kind: "box", lineWidthPx: 2, corners: [0, 0, 9, 9] });
    await expect.element(screen.getByText("0.5: box, arrow")).toBeInTheDocument();
    await screen.rerender(<Drawing width={400} />);
    await expect.element(screen.getByText("0.5: , arrow")).toBeInTheDocument();
    expect(drawn().width).toBe(400);
  });
});
