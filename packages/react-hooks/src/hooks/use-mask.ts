import { useCallback, useRef, useState, useSyncExternalStore } from "react";
import { encodeMask } from "../mask/encode-mask.ts";
import { MaskInput } from "../mask/input/pointer-input.ts";
import { MaskPainter, type MaskState } from "../mask/mask-painter.ts";
import type { MaskStroke } from "../mask/stroke.ts";
import { MaskView } from "../mask/view/mask-view.ts";

/** Configures `useMask`. */
export interface MaskOptions {
  /** The picture's own width in pixels (`naturalWidth`); another size starts an empty mask. */
  readonly width: number;
  readonly height: number;
  /** The tint of what is marked, any CSS colour. */
  readonly color?: string | undefined;
  /** Strokes to start with, as `strokes` gave them once. */
  readonly strokes?: readonly MaskStroke[] | undefined;
  /** What a screen reader says for the canvas. */
  readonly label?: string | undefined;
}

/** Is what `useMask` returns: the state, and what can be done. */
export interface Mask
  extends MaskState,
    Pick<MaskPainter, "setTool" | "setBrushSize" | "undo" | "redo" | "clear" | "invert" | "add"> {
  /** Goes on a `<canvas>` that covers the picture exactly. */
  readonly canvasProps: {
    readonly ref: (canvas: HTMLCanvasElement | null) => void;
    readonly tabIndex: 0;
    readonly role: "application";
    readonly "aria-label": string;
    readonly "aria-roledescription": string;
    readonly style: { readonly touchAction: "none" };
  };
  /**
   * Makes the PNG that an edit takes as `mask`: of the picture's size, transparent where it is marked and opaque
   * elsewhere, nothing between. `undefined` while nothing is marked, as an edit without a mask wants it.
   */
  readonly toMask: () => Promise<Blob | undefined>;
}

/**
 * Paints a mask over a picture, in the picture's own pixels, with mouse, pen, finger or keyboard.
 *
 * @example
 * const mask = useMask({ width: 1536, height: 1024 });
 * <canvas {...mask.canvasProps} className="cover" />
 * <button onClick={async () => edit({ model, prompt, mask: await mask.toMask() })}>Edit</button>
 */
export function useMask(options: MaskOptions): Mask {
  const { width, height, color = "#ff2d87" } = options;
  const [painter, setPainter] = useState(() => new MaskPainter(options));
  if (painter.bitmap.width !== width || painter.bitmap.height !== height)
    setPainter(new MaskPainter({ width, height }));
  const state = useSyncExternalStore(painter.subscribe, painter.getSnapshot, painter.getSnapshot);
  const detach = useRef<(() => void) | undefined>(undefined);
  const ref = useCallback(
    (canvas: HTMLCanvasElement | null) => {
      detach.current?.();
      detach.current = canvas === null ? undefined : attach(canvas, painter, color);
    },
    [painter, color],
  );
  const { setTool, setBrushSize, undo, redo, clear, invert, add } = painter;
  return {
    ...state,
    ...{ setTool, setBrushSize, undo, redo, clear, invert, add },
    toMask: useCallback(() => encodeMask(painter.bitmap), [painter]),
    canvasProps: {
      ref,
      tabIndex: 0,
      role: "application",
      "aria-label": options.label ?? "Mask: mark what is to be changed",
      "aria-roledescription": "mask painter",
      style: { touchAction: "none" },
    },
  };
}

function attach(canvas: HTMLCanvasElement, painter: MaskPainter, color: string): () => void {
  const input = new MaskInput(canvas, painter, () => view.draw());
  const view = new MaskView(canvas, painter, { color, overlay: input.overlay });
  return () => {
    input.stop();
    view.stop();
  };
}
