import type { ImageEdit, Mask } from "@retouch/react-hooks";
import { useEffect } from "react";
import type { Wish } from "./edit-form.tsx";

/** Checks the edit as it stands, a moment after each change; what it finds is in `edit.problems`. */
export function usePreflight(edit: ImageEdit, mask: Mask, wish: Wish): void {
  const { check, current, isBusy } = edit;
  const { toMask, strokes } = mask;
  useEffect(() => {
    if (current === undefined || isBusy) return;
    let isStale = false;
    const timer = setTimeout(async () => {
      const painted = strokes.length > 0 ? await toMask() : undefined;
      // Offline, the code that checks may not load. Nothing is sent without it, and the next change checks again.
      if (!isStale) await check({ ...wish, mask: painted }).catch(() => undefined);
    }, 250);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [check, current, isBusy, toMask, strokes, wish]);
}
