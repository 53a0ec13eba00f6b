/** Undoes for Ctrl+Z, and redoes for Ctrl+Shift+Z and Ctrl+Y. Returns whether it did either. */
export function undoOrRedo(
  painter: { undo(): void; redo(): void },
  { key, shiftKey }: Pick<KeyboardEvent, "key" | "shiftKey">,
): boolean {
  const letter = key.toLowerCase();
  if (letter === "z") shiftKey ? painter.redo() : painter.undo();
  else if (letter === "y") painter.redo();
  else return false;
  return true;
}
