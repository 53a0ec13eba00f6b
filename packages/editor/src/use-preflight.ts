import type { ImageEdit, Mask } from "@retouch/react-hooks";
import { useEffect } from "react";
import type { EditFields } from "./edit-form.tsx";

/** Checks the edit shortly after each change. `edit.problems` holds the result. */
export function usePreflight(edit: ImageEdit, mask: Mask, fields: EditFields): void {
  const { check, current, isPending } = edit;
  const { toMask, strokes } = mask;
  useEffect(() => {
    if (current === undefined || isPending) return;
    let isStale = false;
    const timer = setTimeout(async () => {
      const painted = strokes.length > 0 ? await toMask() : undefined;
      // Offline, the code of the check may fail to load. Nothing is sent without it, and the next change checks again.
      if (!isStale) await check({ ...fields, mask: painted }).catch(() => undefined);
    }, 250);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [check, current, isPending, toMask, strokes, fields]);
}
