import type { ImageEdit, Mask, Step, ViewportControls } from "@retouch/react-hooks";
import { CompareSlider } from "./compare-slider.tsx";

/** What the stage shows of the current image. */
export type View = "mask" | "compare";

/** Size of an image, once the browser has loaded it. */
export interface ImageSize {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

interface StageProps {
  readonly edit: ImageEdit;
  readonly mask: Mask;
  readonly viewport: ViewportControls;
  readonly current: Step;
  readonly before: Step | undefined;
  readonly view: View;
  readonly size: ImageSize | undefined;
  readonly onSize: (size: ImageSize) => void;
}

/**
 * The image in a frame that zooms and pans, and that keeps its position and size whatever the status is. A preview of an
 * edit inside a mask shows only what was sent, so it is a small image beside the large one.
 */
export function Stage({ edit, mask, viewport, current, before, view, size, onSize }: StageProps) {
  const { isPending, partial, runs } = edit;
  const isMasked = runs.at(-1)?.mask !== undefined;
  const isReplaced = partial !== undefined && !isMasked;
  const isComparing = view === "compare" && before !== undefined && !isPending;
  return (
    <div className="stage" aria-busy={isPending}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form. */}
      <div
        {...viewport.frameProps}
        className="viewport"
        role="group"
        aria-label="Image: + and - zoom, 0 fits it"
      >
        <div className={isPending ? "frame is-busy" : "frame"} style={viewport.contentStyle}>
          {isComparing ? (
            <CompareSlider before={before.url} after={current.url} />
          ) : (
            <>
              <img
                src={isReplaced ? partial.url : current.url}
                alt={isReplaced ? "A preview of the edit" : "The current version"}
                onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => {
                  if (!isReplaced) onSize({ id: current.id, width, height });
                }}
              />
              {size?.id === current.id && (
                <canvas {...mask.canvasProps} inert={isPending} hidden={isReplaced} />
              )}
            </>
          )}
        </div>
      </div>
      {partial !== undefined && isMasked && (
        <img className="preview" src={partial.url} alt="A preview of the edit" />
      )}
    </div>
  );
}
