import type { ImageEdit, Step } from "@retouch/react-hooks";
import { useEffect, useRef } from "react";
import { useSay } from "../announcer.tsx";
import { ToolButton } from "../toolbar/tool-button.tsx";
import { Toolbar } from "../toolbar/toolbar.tsx";
import { layOutTree } from "./lay-out-tree.ts";
import { StepThumbnail } from "./step-thumbnail.tsx";
import { numberOf, shortPromptOf } from "./version-name.ts";

/** Every version of the session as a tree: a row for each branch, with undo and redo. */
export function VersionTree({ edit, onDownloadAll }: { edit: ImageEdit; onDownloadAll: () => void }) {
  const { steps, current } = edit;
  const say = useSay();
  const shown = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (current !== undefined) shown.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  const go = (move: () => void) => {
    move();
    const { current: now } = edit.session.getSnapshot();
    if (now !== undefined) say(`Version ${numberOf(steps, now.id)}: ${shortPromptOf(now)}`);
  };
  const places = layOutTree(steps);
  return (
    <nav className="versions" aria-label="Versions" tabIndex={-1}>
      <Toolbar label="Versions">
        <ToolButton icon="undo" label="Undo the edit" isOff={!edit.canUndo} onPress={() => go(edit.undo)} />
        <ToolButton icon="redo" label="Redo the edit" isOff={!edit.canRedo} onPress={() => go(edit.redo)} />
        <ToolButton
          icon="download"
          label="Download all versions"
          isOff={steps.length === 0}
          onPress={onDownloadAll}
        />
      </Toolbar>
      <Toolbar label="All versions" className="tree">
        {steps.map((step, index) => {
          const { column = 0, row = 0, parentRow } = places[index] ?? {};
          return (
            <div
              key={step.id}
              className={parentRow === undefined ? "node root" : "node"}
              data-depth={column}
              style={
                { gridColumn: column + 1, gridRow: row + 1, "--rise": row - (parentRow ?? row) } as object
              }
            >
              <button
                ref={step === current ? shown : undefined}
                type="button"
                className="thumb"
                aria-label={labelOf(steps, step)}
                aria-current={step === current ? "step" : undefined}
                title={shortPromptOf(step)}
                onClick={() => go(() => edit.jumpTo(step.id))}
              >
                <StepThumbnail step={step} />
                <span className="thumb-number" aria-hidden="true">
                  {index + 1}
                </span>
              </button>
            </div>
          );
        })}
      </Toolbar>
    </nav>
  );
}

function labelOf(steps: readonly Step[], step: Step): string {
  const parent = numberOf(steps, step.parentId);
  const from = parent === undefined ? "" : `, made from version ${parent}`;
  return `Version ${numberOf(steps, step.id)}: ${shortPromptOf(step)}${from}`;
}
