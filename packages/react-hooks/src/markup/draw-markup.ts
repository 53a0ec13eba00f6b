import type { MarkupItem } from "./markup-item.ts";

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws items in image pixels, each with a light edge: visible on every image, and to every model. */
export function drawMarkup(
  context: Context,
  items: readonly MarkupItem[],
  { width, height, color }: { readonly width: number; readonly height: number; readonly color: string },
): void {
  context.lineJoin = "round";
  context.lineCap = "round";
  for (const item of items) {
    const { lineWidthPx } = item;
    context.strokeStyle = "white";
    context.lineWidth = 2 * lineWidthPx;
    context.fillStyle = color;
    if (item.kind === "note") drawNote(context, item, { width, height });
    else {
      const path = item.kind === "arrow" ? arrowPath(item) : boxPath(item);
      context.stroke(path);
      context.lineWidth = lineWidthPx;
      context.strokeStyle = color;
      context.stroke(path);
    }
  }
}

function boxPath({ corners: [x0, y0, x1, y1] }: Extract<MarkupItem, { kind: "box" }>): Path2D {
  const path = new Path2D();
  path.rect(x0, y0, x1 - x0, y1 - y0);
  return path;
}

function arrowPath({ ends: [x0, y0, x1, y1], lineWidthPx }: Extract<MarkupItem, { kind: "arrow" }>): Path2D {
  const path = new Path2D();
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = Math.hypot(dx, dy) || 1;
  const head = Math.min(5 * lineWidthPx, length / 2);
  const [ux, uy] = [(head * dx) / length, (head * dy) / length];
  path.moveTo(x0, y0);
  path.lineTo(x1, y1);
  path.moveTo(x1 - ux - 0.6 * uy, y1 - uy + 0.6 * ux);
  path.lineTo(x1, y1);
  path.lineTo(x1 - ux + 0.6 * uy, y1 - uy - 0.6 * ux);
  return path;
}

/** Draws the text of a note, moved and made smaller so that all of it is in the image. */
function drawNote(
  context: Context,
  { at: [x, y], text, lineWidthPx }: Extract<MarkupItem, { kind: "note" }>,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  const lines = text.split("\n");
  context.textBaseline = "top";
  const measure = (heightPx: number): number => {
    context.font = `600 ${heightPx}px sans-serif`;
    return Math.max(...lines.map((line) => context.measureText(line).width));
  };
  const margin = 2 * lineWidthPx;
  const asked = 6 * lineWidthPx;
  const rows = 1.25 * lines.length;
  const most = { across: width - 2 * margin, down: height - 2 * margin };
  const letters = asked * Math.min(1, most.across / measure(asked), most.down / (rows * asked));
  const left = Math.max(margin, Math.min(x, width - margin - measure(letters)));
  const top = Math.max(margin, Math.min(y, height - margin - rows * letters));
  context.lineWidth = letters / 4;
  for (const [index, line] of lines.entries()) {
    const row = top + 1.25 * letters * index;
    context.strokeText(line, left, row);
    context.fillText(line, left, row);
  }
}
