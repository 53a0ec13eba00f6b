import type { Mask } from "@retouch/react-hooks";
import { useEffect, useRef } from "react";
import { useSay } from "../announcer.tsx";
import { ToolButton } from "../toolbar/tool-button.tsx";
import { Toolbar } from "../toolbar/toolbar.tsx";

const tools = [
  ["brush", "Brush", "B"],
  ["eraser", "Eraser", "E"],
  ["rectangle", "Rectangle", "R"],
  ["lasso", "Lasso", "L"],
] as const;

interface MaskToolbarProps {
  readonly mask: Mask;
  readonly isPanning: boolean;
  readonly onPanning: (isPanning: boolean) => void;
  /** Called before a tool is used: the mask has to be in sight. */
  readonly onUse: () => void;
}

/** Tools that paint the mask, and the hand that moves the image. */
export function MaskToolbar({ mask, isPanning, onPanning, onUse }: MaskToolbarProps) {
  const largest = Math.max(64, Math.round(Math.max(mask.width, mask.height) / 3));
  useSpokenCoverage(mask);
  const action = (name: "undo" | "redo" | "invert" | "clear", label: string, key: string, isOff: boolean) => (
    <ToolButton
      icon={name}
      label={`${label} the mask`}
      shortcut={key}
      isOff={isOff}
      onPress={() => {
        onUse();
        mask[name]();
      }}
    />
  );
  return (
    <div className="tools">
      <Toolbar label="Mask tools">
        {tools.map(([tool, label, key]) => (
          <ToolButton
            key={tool}
            icon={tool}
            label={label}
            shortcut={key}
            isPressed={mask.tool === tool && !isPanning}
            onPress={() => {
              onUse();
              onPanning(false);
              mask.setTool(tool);
            }}
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
        {action("undo", "Undo", "Control+Z", !mask.canUndo)}
        {action("redo", "Redo", "Control+Shift+Z", !mask.canRedo)}
        {action("invert", "Invert", "I", false)}
        {action("clear", "Clear", "Delete", mask.isEmpty)}
      </Toolbar>
      <label className="brush-size">
        <span>Size</span>
        <input
          type="range"
          min={2}
          max={largest}
          value={Math.min(mask.brushSizePx, largest)}
          aria-valuetext={`${mask.brushSizePx} pixels`}
          onChange={({ target }) => mask.setBrushSize(target.valueAsNumber)}
        />
      </label>
    </div>
  );
}

/** Announces how much is marked after every stroke. */
function useSpokenCoverage({ strokes, coverage, isEmpty }: Mask): void {
  const say = useSay();
  const known = useRef({ strokes, isEmpty });
  useEffect(() => {
    const before = known.current;
    known.current = { strokes, isEmpty };
    // Another image starts an empty mask: there is nothing to say about it.
    if (before.strokes === strokes || (before.isEmpty && isEmpty)) return;
    say(isEmpty ? "Nothing is marked." : `${percentOf(coverage)} of the image is marked.`);
  }, [strokes, coverage, isEmpty, say]);
}

/** Returns a share in percent; never 0 % for something. */
export function percentOf(share: number): string {
  return `${Math.max(1, Math.round(share * 100))} %`;
}
