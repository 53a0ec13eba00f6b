import { undoOrRedo } from "../mask/input/undo-or-redo.ts";
import type { MarkupTool } from "./markup-item.ts";
import type { MarkupPainter } from "./markup-painter.ts";

const tools: Readonly<Record<string, MarkupTool>> = { a: "arrow", b: "box", n: "note" };

/** A, B and N select a tool, [ and ] change the width of lines, Delete clears, Ctrl+Z undoes. */
export function pressMarkupKey(painter: MarkupPainter, event: KeyboardEvent): boolean {
  const { key, ctrlKey, metaKey, altKey } = event;
  if (ctrlKey || metaKey) return undoOrRedo(painter, event);
  if (altKey) return false;
  const tool = tools[key.toLowerCase()];
  const { lineWidthPx } = painter.getSnapshot();
  if (tool !== undefined) painter.setTool(tool);
  else if (key === "[") painter.setLineWidth(Math.min(lineWidthPx - 1, lineWidthPx / 1.25));
  else if (key === "]") painter.setLineWidth(Math.max(lineWidthPx + 1, lineWidthPx * 1.25));
  else if (key === "Delete" || key === "Backspace") painter.clear();
  else return false;
  return true;
}
