import type { ImageEdit, Mask, Step } from "@retouch/react-hooks";
import type { CSSProperties } from "react";
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
  readonly current: Step;
  readonly before: Step | undefined;
  readonly view: View;
  readonly size: ImageSize | undefined;
  readonly onSize: (size: ImageSize) => void;
}

/** The image in a frame whose position and size do not depend on the status. */
export function Stage({ edit, mask, current, before, view, size, onSize }: StageProps) {
  const ratio = size === undefined ? 1 : size.width / size.height;
  const shown = edit.partial?.url ?? current.url;
  const isComparing = view === "compare" && before !== undefined && !edit.isPending;
  return (
    <div className="stage" style={{ "--ratio": ratio } as CSSProperties} aria-busy={edit.isPending}>
      <div className={edit.isPending ? "frame is-busy" : "frame"}>
        {isComparing ? (
          <CompareSlider before={before.url} after={current.url} />
        ) : (
          <>
            <img
              src={shown}
              alt={edit.partial === undefined ? "The current version" : "A preview of the edit"}
              onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => {
                if (edit.partial === undefined) onSize({ id: current.id, width, height });
              }}
            />
            {size?.id === current.id && (
              <canvas {...mask.canvasProps} inert={edit.isPending} hidden={edit.partial !== undefined} />
            )}
          </>
        )}
      </div>
    </div>
  );
}
