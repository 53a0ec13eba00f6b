import { useCallback, useRef, useState, useSyncExternalStore } from "react";
import { encodeMarkup } from "../markup/encode-markup.ts";
import type { MarkupItem } from "../markup/markup-item.ts";
import { pressMarkupKey } from "../markup/markup-keys.ts";
import { MarkupPainter, type MarkupState } from "../markup/markup-painter.ts";
import { MarkupView } from "../markup/markup-view.ts";
import { PointerInput } from "../mask/input/pointer-input.ts";
import type { Mask } from "./use-mask.ts";

/** Options of `useMarkup`. */
export interface MarkupOptions {
  /** Width of the image in pixels, as it is shown (`naturalWidth`). A change of size starts an empty markup. */
  readonly width: number;
  /** Height of the image in pixels, as it is shown (`naturalHeight`). */
  readonly height: number;
  /** The color of lines and letters, any CSS color. */
  readonly color?: string | undefined;
  /** What is drawn at the start, as `items` returned it earlier. */
  readonly items?: readonly MarkupItem[] | undefined;
  /** The accessible name of the canvas. */
  readonly label?: string | undefined;
  /** What a screen reader calls the canvas: "markup painter" by default. */
  readonly roleDescription?: string | undefined;
}

/** Return value of `useMarkup`: the state and the actions. */
export interface Markup
  extends MarkupState,
    Pick<MarkupPainter, "setTool" | "setLineWidth" | "setNote" | "undo" | "redo" | "clear" | "add">,
    Pick<Mask, "canvasProps"> {
  /**
   * Encodes the PNG that an edit takes as `markup`, in the size of the image: transparent where nothing is drawn.
   * Resolves with `undefined` while nothing is drawn, which means an edit without a markup. Until the next change the blob
   * is the same.
   */
  readonly toMarkup: () => Promise<Blob | undefined>;
}

/**
 * Creates a painter of arrows, boxes and short notes over an image, in image pixels, for mouse, pen, touch and keyboard.
 *
 * @example
 * const markup = useMarkup({ width: 1536, height: 1024 });
 * <canvas {...markup.canvasProps} className="cover" />
 * <button onClick={async () => edit({ model, prompt, markup: await markup.toMarkup() })}>Edit</button>
 */
export function useMarkup(options: MarkupOptions): Markup {
  const { width, height, color = "#ff2d87" } = options;
  const [painter, setPainter] = useState(() => new MarkupPainter(options));
  const state = useSyncExternalStore(painter.subscribe, painter.getSnapshot, painter.getSnapshot);
  if (state.width !== width || state.height !== height) setPainter(new MarkupPainter({ width, height }));
  const detach = useRef<(() => void) | undefined>(undefined);
  const ref = useCallback(
    (canvas: HTMLCanvasElement | null) => {
      detach.current?.();
      detach.current = canvas === null ? undefined : attach(canvas, painter, color);
    },
    [painter, color],
  );
  const encoded = useRef<Encoded | undefined>(undefined);
  const { setTool, setLineWidth, setNote, undo, redo, clear, add } = painter;
  return {
    ...state,
    ...{ setTool, setLineWidth, setNote, undo, redo, clear, add },
    toMarkup: useCallback(() => {
      const drawn = painter.getSnapshot();
      const known = encoded.current;
      if (known?.items === drawn.items && known.color === color) return known.blob;
      const blob = encodeMarkup(drawn, color);
      encoded.current = { items: drawn.items, color, blob };
      // One that failed, for want of memory, is tried again.
      blob.catch(() => {
        encoded.current = undefined;
      });
      return blob;
    }, [painter, color]),
    canvasProps: {
      ref,
      tabIndex: 0,
      role: "application",
      "aria-label": options.label ?? "Markup: draw what you mean",
      "aria-roledescription": options.roleDescription ?? "markup painter",
      style: { touchAction: "none" },
    },
  };
}

interface Encoded {
  readonly items: readonly MarkupItem[];
  readonly color: string;
  readonly blob: Promise<Blob | undefined>;
}

function attach(canvas: HTMLCanvasElement, painter: MarkupPainter, color: string): () => void {
  const input = new PointerInput(canvas, painter, {
    command: (event) => pressMarkupKey(painter, event),
    brushSizePx: () => undefined,
    redraw: () => view.draw(),
    hasOwnPadding: () => view.hasOwnPadding(),
  });
  const view: MarkupView = new MarkupView(canvas, painter, { color, cursor: input.cursor });
  return () => {
    input.stop();
    view.stop();
  };
}
