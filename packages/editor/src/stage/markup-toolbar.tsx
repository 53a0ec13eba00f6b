import type { Markup, MarkupTool } from "@retouch/react-hooks";
import { useEffect, useRef } from "react";
import { useSay } from "../announcer.tsx";
import { ToolButton } from "../toolbar/tool-button.tsx";
import { Toolbar } from "../toolbar/toolbar.tsx";

const tools = [
  ["arrow", "Arrow", "A"],
  ["box", "Box", "B"],
  ["note", "Note", "N"],
] as const;

interface MarkupToolbarProps {
  readonly markup: Markup;
  readonly isPanning: boolean;
  readonly onPanning: (isPanning: boolean) => void;
  /** Called before a tool is used: the markup has to be in sight. */
  readonly onUse: () => void;
}

/** Tools that draw on the image what is to change, the text of the next note, and the hand that moves the image. */
export function MarkupToolbar({ markup, isPanning, onPanning, onUse }: MarkupToolbarProps) {
  const note = useRef<HTMLInputElement>(null);
  const widest = Math.max(8, Math.round(Math.max(markup.width, markup.height) / 50));
  useSpokenItems(markup);
  const select = (tool: MarkupTool) => {
    onUse();
    onPanning(false);
    markup.setTool(tool);
    // Without a text there is nothing to place.
    if (tool === "note" && markup.note.trim() === "") note.current?.focus();
  };
  const action = (name: "undo" | "redo" | "clear", label: string, key: string, isOff: boolean) => (
    <ToolButton
      icon={name}
      label={`${label} the markup`}
      shortcut={key}
      isOff={isOff}
      onPress={() => {
        onUse();
        markup[name]();
      }}
    />
  );
  return (
    <div className="tools">
      <Toolbar label="Markup tools">
        {tools.map(([tool, label, key]) => (
          <ToolButton
            key={tool}
            icon={tool}
            label={label}
            shortcut={key}
            isPressed={markup.tool === tool && !isPanning}
            onPress={() => select(tool)}
          />
        ))}
        <ToolButton
          icon="hand"
          label="Move the image"
          isPressed={isPanning}
          onPress={() => {
            onUse();
            onPanning(!isPanning);
          }}
        />
        {action("undo", "Undo", "Control+Z", !markup.canUndo)}
        {action("redo", "Redo", "Control+Shift+Z", !markup.canRedo)}
        {action("clear", "Clear", "Delete", markup.isEmpty)}
      </Toolbar>
      <input
        ref={note}
        className="note-text"
        dir="auto"
        aria-label="Text of the next note"
        placeholder="Text of a note"
        value={markup.note}
        onChange={({ target }) => {
          // Not on focus: the Tab key passes here on its way to the image.
          select("note");
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
