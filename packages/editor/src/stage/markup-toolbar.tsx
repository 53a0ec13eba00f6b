import type { Markup } from "@retouch/react-hooks";
import { useEffect, useRef } from "react";
import { useSay } from "../announcer.tsx";
import { DrawingToolbar, type StageToolbarProps } from "./drawing-toolbar.tsx";

const tools = [
  ["arrow", "Arrow", "A"],
  ["box", "Box", "B"],
  ["note", "Note", "N"],
] as const;

interface MarkupToolbarProps extends StageToolbarProps {
  readonly markup: Markup;
}

/** Tools that draw on the image what is to change, the text of the next note, and the hand that moves the image. */
export function MarkupToolbar({ markup, ...stage }: MarkupToolbarProps) {
  const note = useRef<HTMLInputElement>(null);
  const widest = Math.max(8, Math.round(Math.max(markup.width, markup.height) / 50));
  useSpokenItems(markup);
  return (
    <div className="tools">
      <DrawingToolbar
        {...stage}
        label="Markup tools"
        tools={tools}
        tool={markup.tool}
        onTool={(tool) => {
          markup.setTool(tool);
          // Without a text there is nothing to place.
          if (tool === "note" && markup.note.trim() === "") note.current?.focus();
        }}
        actions={[
          {
            icon: "undo",
            label: "Undo the markup",
            shortcut: "Control+Z",
            isOff: !markup.canUndo,
            onPress: markup.undo,
          },
          {
            icon: "redo",
            label: "Redo the markup",
            shortcut: "Control+Shift+Z",
            isOff: !markup.canRedo,
            onPress: markup.redo,
          },
          {
            icon: "clear",
            label: "Clear the markup",
            shortcut: "Delete",
            isOff: markup.isEmpty,
            onPress: markup.clear,
          },
        ]}
      />
      <input
        ref={note}
        className="note-text"
        dir="auto"
        aria-label="Text of the next note"
        placeholder="Text of a note"
        value={markup.note}
        onChange={({ target }) => {
          // Not on focus: the Tab key passes here on its way to the image.
          stage.onUse();
          stage.onPanning(false);
          markup.setTool("note");
          markup.setNote(target.value);
        }}
      />
      <label className="brush-size">
        <span>Width</span>
        <input
          type="range"
          min={1}
          max={widest}
          value={Math.min(markup.lineWidthPx, widest)}
          aria-valuetext={`${markup.lineWidthPx} pixels`}
          onChange={({ target }) => markup.setLineWidth(target.valueAsNumber)}
        />
      </label>
    </div>
  );
}

/** Announces what is drawn after every change. */
function useSpokenItems({ items }: Markup): void {
  const say = useSay();
  const known = useRef(items);
  useEffect(() => {
    const before = known.current;
    known.current = items;
    // Another image starts an empty markup: there is nothing to say about it.
    if (before === items || before.length + items.length === 0) return;
    const last = items.at(-1);
    const added = items.length > before.length && last !== undefined;
    const what = last?.kind === "note" ? `The note “${last.text}”` : `The ${last?.kind}`;
    say(added ? `${what} is drawn. ${countOf(items.length)}` : countOf(items.length));
  }, [items, say]);
}

function countOf(count: number): string {
  if (count === 0) return "Nothing is drawn.";
  return count === 1 ? "1 mark is on the image." : `${count} marks are on the image.`;
}
