import type { Step } from "@retouch/react-hooks";
import type { Editor } from "../use-editor.ts";
import { CompareSlider } from "./compare-slider.tsx";
import { PanLayer } from "./pan-layer.tsx";

interface StageProps {
  readonly editor: Editor;
  readonly current: Step;
  readonly isPanning: boolean;
}

/**
 * The image in a frame that zooms and pans, and that keeps its position and size whatever the status is. A preview of an
 * edit inside a mask shows only what was sent, so it is a small image beside the large one.
 */
export function Stage({ editor, current, isPanning }: StageProps) {
  const { edit, mask, markup, paints, viewport, before, view, size, onSize } = editor;
  const { isPending, partial, runs } = edit;
  const atWork = runs.find(({ status }) => !["queued", "success", "error", "canceled"].includes(status));
  const isMasked = atWork?.mask !== undefined;
  const isReplaced = partial !== undefined && !isMasked;
  const { canvasProps } = paints === "mask" ? mask : markup;
  const isComparing = view === "compare" && before !== undefined && !isPending;
  return (
    <div className="stage" aria-busy={isPending}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form. */}
      <div
        {...viewport.frameProps}
        className="viewport"
        role="group"
        aria-label="Image: + and - zoom, 0 fits it, the arrows move it"
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
              {size?.id === current.id && <canvas key={paints} {...canvasProps} hidden={isReplaced} />}
            </>
          )}
        </div>
        {isPanning && <PanLayer viewport={viewport} />}
      </div>
      {partial !== undefined && isMasked && (
        <img className="preview" src={partial.url} alt="A preview of the edit" />
      )}
    </div>
  );
}
