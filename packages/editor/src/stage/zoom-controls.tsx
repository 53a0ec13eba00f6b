import type { ViewportControls } from "@retouch/react-hooks";
import { Icon } from "../toolbar/icon.tsx";

/** The zoom of the image as buttons, for those who have neither a wheel nor two fingers. */
export function ZoomControls({ viewport }: { viewport: ViewportControls }) {
  const { scale, isFitted, fit, zoomBy } = viewport;
  return (
    <fieldset className="zoom" aria-label="Zoom">
      <button
        className="tool"
        type="button"
        aria-label="Zoom out"
        title="Zoom out"
        onClick={() => zoomBy(1 / 1.5)}
      >
        <Icon name="minus" />
      </button>
      <button
        className="zoom-fit"
        dir="ltr"
        type="button"
        aria-label={`${Math.round(scale * 100)} %: show the entire image`}
        title="Show the entire image"
        aria-pressed={isFitted}
        onClick={fit}
      >
        {Math.round(scale * 100)} %
      </button>
      <button className="tool" type="button" aria-label="Zoom in" title="Zoom in" onClick={() => zoomBy(1.5)}>
        <Icon name="plus" />
      </button>
    </fieldset>
  );
}
