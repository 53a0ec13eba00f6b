import { type ImageEdit, type Step, useThumbnail } from "@retouch/react-hooks";
import { Icon } from "./icon.tsx";

/** Every image of the session, oldest first, with undo and redo. */
export function HistoryStrip({ edit }: { edit: ImageEdit }) {
  return (
    <nav className="history" aria-label="Versions">
      <button
        className="tool"
        type="button"
        aria-label="Undo the edit"
        title="Undo"
        disabled={!edit.canUndo || edit.isPending}
        onClick={edit.undo}
      >
        <Icon name="undo" />
      </button>
      <button
        className="tool"
        type="button"
        aria-label="Redo the edit"
        title="Redo"
        disabled={!edit.canRedo || edit.isPending}
        onClick={edit.redo}
      >
        <Icon name="redo" />
      </button>
      <ol>
        {edit.steps.map((step, index) => (
          <li key={step.id}>
            <button
              type="button"
              className="thumb"
              aria-label={`Version ${index + 1}: ${nameOf(step)}`}
              aria-current={step === edit.current ? "step" : undefined}
              title={nameOf(step)}
              disabled={edit.isPending}
              onClick={() => edit.jumpTo(step.id)}
            >
              <Thumbnail step={step} />
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Thumbnail({ step }: { step: Step }) {
  return <img src={useThumbnail(step)} alt="" />;
}

function nameOf({ params }: Step): string {
  return params === undefined ? "the original" : String(params["prompt"]);
}
