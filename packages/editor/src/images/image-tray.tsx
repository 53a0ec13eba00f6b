import type { Step } from "@retouch/react-hooks";
import { useSay } from "../announcer.tsx";
import { Icon } from "../toolbar/icon.tsx";
import { StepThumbnail } from "../versions/step-thumbnail.tsx";
import { ImageButton } from "./image-button.tsx";

interface ImageTrayProps {
  readonly base: Step;
  readonly references: readonly Step[];
  readonly onAdd: (files: readonly File[]) => void;
  readonly onRemove: (id: string) => void;
  readonly onBase: (id: string) => void;
}

/** The images that the next edit sends: the first is edited, the others are references. */
export function ImageTray({ base, references, onAdd, onRemove, onBase }: ImageTrayProps) {
  const say = useSay();
  return (
    <section className="tray" aria-label="Images of the edit" tabIndex={-1}>
      <ul>
        <li className="tray-image">
          <StepThumbnail step={base} />
          <span className="tray-name">Edited</span>
        </li>
        {references.map((step, index) => (
          <li key={step.id} className="tray-image">
            <button
              type="button"
              className="tray-base"
              aria-label={`Edit image ${index + 2} instead`}
              title="Edit this one instead"
              onClick={() => onBase(step.id)}
            >
              <StepThumbnail step={step} />
            </button>
            <span className="tray-name">Reference</span>
            <button
              type="button"
              className="tray-remove"
              aria-label={`Remove image ${index + 2} from the edit`}
              title="Remove it from the edit"
              onClick={() => {
                onRemove(step.id);
                say(`Image ${index + 2} is not sent. It stays in the versions.`);
              }}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <ImageButton label="Add a reference" icon="plus" look="quiet icon-only" onImages={onAdd} />
    </section>
  );
}
