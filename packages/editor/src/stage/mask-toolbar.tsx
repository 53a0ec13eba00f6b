import type { Mask } from "@retouch/react-hooks";
import { useEffect, useRef } from "react";
import { useSay } from "../announcer.tsx";
import { DrawingToolbar, type StageToolbarProps } from "./drawing-toolbar.tsx";

const tools = [
  ["brush", "Brush", "B"],
  ["eraser", "Eraser", "E"],
  ["rectangle", "Rectangle", "R"],
  ["lasso", "Lasso", "L"],
] as const;

interface MaskToolbarProps extends StageToolbarProps {
  readonly mask: Mask;
}

/** Tools that paint the mask, and the hand that moves the image. */
export function MaskToolbar({ mask, ...stage }: MaskToolbarProps) {
  const largest = Math.max(64, Math.round(Math.max(mask.width, mask.height) / 3));
  useSpokenCoverage(mask);
  return (
    <div className="tools">
      <DrawingToolbar
        {...stage}
        label="Mask tools"
        tools={tools}
        tool={mask.tool}
        onTool={mask.setTool}
        actions={[
          {
            icon: "undo",
            label: "Undo the mask",
            shortcut: "Control+Z",
            isOff: !mask.canUndo,
            onPress: mask.undo,
          },
          {
            icon: "redo",
            label: "Redo the mask",
            shortcut: "Control+Shift+Z",
            isOff: !mask.canRedo,
            onPress: mask.redo,
          },
          { icon: "invert", label: "Invert the mask", shortcut: "I", isOff: false, onPress: mask.invert },
          {
            icon: "clear",
            label: "Clear the mask",
            shortcut: "Delete",
            isOff: mask.isEmpty,
            onPress: mask.clear,
          },
        ]}
      />
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
