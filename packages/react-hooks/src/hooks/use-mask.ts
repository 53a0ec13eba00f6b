import { useCallback, useRef, useState, useSyncExternalStore } from "react";
import { encodeMask } from "../mask/encode-mask.ts";
import { pressMaskKey } from "../mask/input/mask-keys.ts";
import { PointerInput } from "../mask/input/pointer-input.ts";
import { MaskPainter, type MaskState } from "../mask/mask-painter.ts";
import type { MaskStroke } from "../mask/stroke.ts";
import { MaskView } from "../mask/view/mask-view.ts";

/** Options of `useMask`. */
export interface MaskOptions {
  /** Width of the image in pixels (`naturalWidth`). A change of size starts an empty mask. */
  readonly width: number;
  /** Height of the image in pixels (`naturalHeight`). */
  readonly height: number;
  /** The tint of marked pixels, any CSS color. */
  readonly color?: string | undefined;
  /** Strokes to start with, as `strokes` returned them earlier. */
  readonly strokes?: readonly MaskStroke[] | undefined;
  /** The accessible name of the canvas. */
  readonly label?: string | undefined;
  /** What a screen reader calls the canvas: "mask painter" by default. */
  readonly roleDescription?: string | undefined;
}

/** Return value of `useMask`: the state and the actions. */
export interface Mask
  extends MaskState,
    Pick<MaskPainter, "setTool" | "setBrushSize" | "undo" | "redo" | "clear" | "invert" | "add"> {
  /** Props for a `<canvas>` that covers the image exactly. */
  readonly canvasProps: {
    readonly ref: (canvas: HTMLCanvasElement | null) => void;
    readonly tabIndex: 0;
    readonly role: "application";
    readonly "aria-label": string;
    readonly "aria-roledescription": string;
    readonly style: { readonly touchAction: "none" };
  };
  /**
   * Encodes the PNG that an edit takes as `mask`, in the size of the image: transparent where marked, opaque elsewhere,
   * nothing between. Resolves with `undefined` while nothing is marked, which means an edit without a mask. The work is
   * done in a worker, once per change: until the next one, the blob is the same.
   */
  readonly toMask: () => Promise<Blob | undefined>;
}

/**
 * Creates a mask painter over an image, in image pixels, for mouse, pen, touch and keyboard.
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
    toMask: useCallback(() => encodeMask(painter), [painter]),
    canvasProps: {
      ref,
      tabIndex: 0,
      role: "application",
      "aria-label": options.label ?? "Mask: mark the area to change",
      "aria-roledescription": options.roleDescription ?? "mask painter",
      style: { touchAction: "none" },
    },
  };
}

function attach(canvas: HTMLCanvasElement, painter: MaskPainter, color: string): () => void {
  const input = new PointerInput(canvas, painter, {
    command: (event) => pressMaskKey(painter, event),
    brushSizePx() {
      const { tool, brushSizePx } = painter.getSnapshot();
      return tool === "brush" || tool === "eraser" ? brushSizePx : undefined;
    },
    redraw: () => view.draw(),
    hasOwnPadding: () => view.hasOwnPadding(),
  });
  const view: MaskView = new MaskView(canvas, painter, {
    color,
    overlay: () => ({ pending: painter.pending, cursor: input.cursor() }),
  });
  return () => {
    input.stop();
    view.stop();
  };
}
