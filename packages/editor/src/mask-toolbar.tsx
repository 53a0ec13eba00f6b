import type { Mask } from "@retouch/react-hooks";
import { Icon } from "./icon.tsx";

const tools = [
  ["brush", "Brush", "B"],
  ["eraser", "Eraser", "E"],
  ["rectangle", "Rectangle", "R"],
  ["lasso", "Lasso", "L"],
] as const;

/** Tools that paint the mask. */
export function MaskToolbar({ mask, disabled }: { mask: Mask; disabled: boolean }) {
  const largest = Math.max(64, Math.round(Math.max(mask.width, mask.height) / 3));
  const action = (name: "undo" | "redo" | "invert" | "clear", label: string, isOff: boolean) => (
    <button
      className="tool"
      type="button"
      aria-label={`${label} the mask`}
      title={label}
      disabled={disabled || isOff}
      onClick={mask[name]}
    >
      <Icon name={name} />
    </button>
  );
  return (
    <div className="toolbar" role="toolbar" aria-label="Mask tools">
      {tools.map(([tool, label, key]) => (
        <button
          className="tool"
          key={tool}
          type="button"
          aria-label={label}
          title={`${label} (${key})`}
          aria-pressed={mask.tool === tool}
          disabled={disabled}
          onClick={() => mask.setTool(tool)}
        >
          <Icon name={tool} />
        </button>
      ))}
      <label className="brush-size">
        <span>Size</span>
        <input
          type="range"
          min={2}
          max={largest}
          value={Math.min(mask.brushSizePx, largest)}
          aria-valuetext={`${mask.brushSizePx} pixels`}
          disabled={disabled}
          onChange={({ target }) => mask.setBrushSize(target.valueAsNumber)}
        />
      </label>
      {action("undo", "Undo", !mask.canUndo)}
      {action("redo", "Redo", !mask.canRedo)}
      {action("invert", "Invert", false)}
      {action("clear", "Clear", mask.isEmpty)}
    </div>
  );
}
