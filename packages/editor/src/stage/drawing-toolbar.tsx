import type { IconName } from "../toolbar/icon.tsx";
import { ToolButton } from "../toolbar/tool-button.tsx";
import { Toolbar } from "../toolbar/toolbar.tsx";

/** What is done to all of a drawing. */
interface DrawingAction {
  readonly icon: IconName;
  readonly label: string;
  readonly shortcut: string;
  readonly isOff: boolean;
  readonly onPress: () => void;
}

/** What every toolbar of the stage needs. */
export interface StageToolbarProps {
  readonly isPanning: boolean;
  readonly onPanning: (isPanning: boolean) => void;
  /** Called before a tool is used: the drawing has to be in sight. */
  readonly onUse: () => void;
}

interface DrawingToolbarProps<Name extends IconName> extends StageToolbarProps {
  readonly label: string;
  readonly tools: readonly (readonly [name: Name, label: string, shortcut: string])[];
  readonly tool: Name;
  readonly onTool: (tool: Name) => void;
  readonly actions: readonly DrawingAction[];
}

/** Buttons of the tools of a drawing, the hand that moves the image, and what is done to all of the drawing. */
export function DrawingToolbar<Name extends IconName>(props: DrawingToolbarProps<Name>) {
  const { label, tools, tool, onTool, actions, isPanning, onPanning, onUse } = props;
  return (
    <Toolbar label={label}>
      {tools.map(([name, toolLabel, shortcut]) => (
        <ToolButton
          key={name}
          icon={name}
          label={toolLabel}
          shortcut={shortcut}
          isPressed={tool === name && !isPanning}
          onPress={() => {
            onUse();
            onPanning(false);
            onTool(name);
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
      {actions.map(({ onPress, ...action }) => (
        <ToolButton
          key={action.icon}
          {...action}
          onPress={() => {
            onUse();
            onPress();
          }}
        />
      ))}
    </Toolbar>
  );
}
