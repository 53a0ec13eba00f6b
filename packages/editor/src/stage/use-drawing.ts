import { type Markup, type Mask, useMarkup, useMask } from "@retouch/react-hooks";
import { useCallback, useMemo, useState } from "react";
import type { View } from "./view-switch.tsx";

/** What says where the edit is to change the image: a model takes a mask or a markup, never both. */
export type DrawingKind = "mask" | "markup";

/** The files of a drawing, as an edit takes them. */
type DrawingFiles = { readonly [Kind in DrawingKind]?: Blob | undefined };

/** What is painted and drawn on the image, and which of it the next edit sends. A new object whenever any of it changes. */
export interface Drawing {
  /** What the next edit sends: what was in view last, if both are there. */
  readonly sends: DrawingKind | undefined;
  /** Whether there is something that is not sent. */
  readonly keepsOther: boolean;
  readonly toFiles: () => Promise<DrawingFiles>;
}

/** The mask and the markup of an image of this size, and what the stage shows of them. */
export function useDrawing(size: { readonly width: number; readonly height: number } | undefined) {
  const { width = 0, height = 0 } = size ?? {};
  const [view, show] = useState<View>("mask");
  const [seen, setSeen] = useState<DrawingKind>("mask");
  const mask = useMask({
    width,
    height,
    label: "Mask: mark the area to change with the arrows and Space",
  });
  const markup = useMarkup({
    width,
    height,
    label: "Markup: draw with the arrows and Space what is to change",
  });
  const setView = useCallback((next: View) => {
    show(next);
    if (next !== "compare") setSeen(next);
  }, []);
  const clearMask = mask.clear;
  const clearMarkup = markup.clear;
  const clear = useCallback(() => {
    clearMask();
    clearMarkup();
  }, [clearMask, clearMarkup]);
  const drawing = useDrawingOf(mask, markup, seen);
  return { view, setView, paints: seen, mask, markup, drawing, clear };
}

function useDrawingOf(
  { toMask, strokes, isEmpty: hasNoMask }: Mask,
  { toMarkup, items, isEmpty: hasNoMarkup }: Markup,
  seen: DrawingKind,
): Drawing {
  const isBoth = !hasNoMask && !hasNoMarkup;
  const only = hasNoMask ? "markup" : "mask";
  const sends = hasNoMask && hasNoMarkup ? undefined : isBoth ? seen : only;
  // What is painted and drawn changes the files, not the functions that make them.
  const content = sends === "markup" ? items : strokes;
  return useMemo(
    () => ({
      sends,
      content,
      keepsOther: isBoth,
      toFiles: async () => {
        if (sends === "markup") return { markup: await toMarkup() };
        return sends === "mask" ? { mask: await toMask() } : {};
      },
    }),
    [sends, content, isBoth, toMask, toMarkup],
  );
}
