import type { Problem } from "@retouch/client";
import type { ImageEdit, Mask } from "@retouch/react-hooks";
import { useEffect, useState } from "react";
import type { EditInputs } from "../use-editor.ts";

/** What preflight knows of the edit as it is now. */
export interface Preflight {
  readonly problems: readonly Problem[];
  /** False while a change is not checked yet: `problems` are then those of an earlier edit, and stop nothing. */
  readonly isCurrent: boolean;
}

/** Checks the edit shortly after each change, as it would be sent. */
export function usePreflight(edit: ImageEdit, mask: Mask, inputs: EditInputs): Preflight {
  const { check, isPending, problems } = edit;
  const { toMask, strokes } = mask;
  const { params, images, again } = inputs;
  const [checked, setChecked] = useState<EditInputs>();
  const hasImage = images.length > 0;
  useEffect(() => {
    if (!hasImage || isPending) return;
    let isStale = false;
    const timer = setTimeout(async () => {
      const painted = again?.mask ?? (strokes.length > 0 ? await toMask() : undefined);
      if (isStale) return;
      // Offline, the code of the check may fail to load. Nothing is sent without it, and the next change checks again.
      await check({ ...params, image: images, mask: painted }).catch(() => undefined);
      if (!isStale) setChecked(inputs);
    }, 250);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [check, hasImage, isPending, toMask, strokes, params, images, again, inputs]);
  return { problems, isCurrent: checked === inputs };
}
