import { Icon, type IconName } from "./icon.tsx";

interface ToolButtonProps {
  readonly icon: IconName;
  readonly label: string;
  /** The key that does the same on the image. */
  readonly shortcut?: string;
  readonly isPressed?: boolean;
  readonly isOff?: boolean;
  readonly onPress: () => void;
}

/**
 * A button of a toolbar. One that has nothing to do stays focusable, so that the focus is not lost with the last undo.
 */
export function ToolButton({ icon, label, shortcut, isPressed, isOff = false, onPress }: ToolButtonProps) {
  return (
    <button
      className="tool"
      type="button"
      aria-label={label}
      aria-keyshortcuts={shortcut}
      title={shortcut === undefined ? label : `${label} (${shortcut})`}
      aria-pressed={isPressed}
      aria-disabled={isOff}
      onClick={() => {
        if (!isOff) onPress();
      }}
    >
      <Icon name={icon} />
    </button>
  );
}
