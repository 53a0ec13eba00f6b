import { type CSSProperties, useCallback, useRef, useState, useSyncExternalStore } from "react";
import { Viewport, type ViewportState } from "../viewport/viewport.ts";
import { ViewportInput } from "../viewport/viewport-input.ts";

/** Options of `useViewport`: the size of the image in pixels. A change of size fits the new image. */
export interface ViewportOptions {
  /** Width of the image in pixels. */
  readonly width: number;
  /** Height of the image in pixels. */
  readonly height: number;
}

/** Return value of `useViewport`: the state and the actions. The functions do not change. */
export interface ViewportControls extends ViewportState, Pick<Viewport, "fit" | "zoomBy" | "panBy"> {
  /** Props for the frame: an element with a size of its own. */
  readonly frameProps: {
    readonly ref: (frame: HTMLElement | null) => void;
    readonly tabIndex: 0;
    readonly style: CSSProperties;
  };
  /** Style of the element in the frame that holds the image, and the canvas of `useMask` over it. */
  readonly contentStyle: CSSProperties;
}

/**
 * Creates a viewport: zoom and pan with the wheel, with Space and a drag, two fingers, and the keys + - 0 and the arrows.
 * The mask painter inside paints at any zoom, and redraws in the resolution of the screen.
 *
 * @example
 * const viewport = useViewport({ width, height });
 * <div {...viewport.frameProps} className="frame">
 *   <div style={viewport.contentStyle}>
 *     <img src={src} alt="" className="cover" />
 *     <canvas {...mask.canvasProps} className="cover" />
 *   </div>
 * </div>
 */
export function useViewport({ width, height }: ViewportOptions): ViewportControls {
  const [viewport, setViewport] = useState(() => new Viewport({ width, height }));
  if (viewport.image.width !== width || viewport.image.height !== height)
    setViewport(new Viewport({ width, height }));
  const state = useSyncExternalStore(viewport.subscribe, viewport.getSnapshot, viewport.getSnapshot);
  const input = useRef<ViewportInput | undefined>(undefined);
  const ref = useCallback(
    (frame: HTMLElement | null) => {
      input.current?.stop();
      input.current = frame === null ? undefined : new ViewportInput(frame, viewport);
    },
    [viewport],
  );
  const { scale, x, y } = state;
  const { fit, zoomBy, panBy } = viewport;
  return {
    ...state,
    ...{ fit, zoomBy, panBy },
    frameProps: {
      ref,
      tabIndex: 0,
      style: { position: "relative", overflow: "hidden", touchAction: "none" },
    },
    contentStyle: {
      position: "absolute",
      left: 0,
      top: 0,
      width: width * scale,
      height: height * scale,
      transform: `translate(${x}px, ${y}px)`,
    },
  };
}
