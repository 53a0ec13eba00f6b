import type { MaskPainter, MaskTool } from "../mask-painter.ts";
import { undoOrRedo } from "./undo-or-redo.ts";

const tools: Readonly<Record<string, MaskTool>> = { b: "brush", e: "eraser", r: "rectangle", l: "lasso" };

/** B, E, R and L select a tool, [ and ] resize the brush, I inverts, Delete clears, Ctrl+Z undoes. */
export function pressMaskKey(painter: MaskPainter, event: KeyboardEvent): boolean {
  const { key, ctrlKey, metaKey, altKey } = event;
  if (ctrlKey || metaKey) return undoOrRedo(painter, event);
  if (altKey) return false;
  const letter = key.toLowerCase();
  const tool = tools[letter];
  const { brushSizePx } = painter.getSnapshot();
  if (tool !== undefined) painter.setTool(tool);
  else if (letter === "i") painter.invert();
  else if (key === "[") painter.setBrushSize(Math.min(brushSizePx - 1, brushSizePx / 1.25));
  else if (key === "]") painter.setBrushSize(Math.max(brushSizePx + 1, brushSizePx * 1.25));
  else if (key === "Delete" || key === "Backspace") painter.clear();
  else return false;
  return true;
}
