import type { Problem } from "@retouch/client";
import type { ImageEdit } from "@retouch/react-hooks";
import { useEffect, useState } from "react";
import type { EditInputs } from "../use-editor.ts";

/** What preflight knows of the edit as it is now. */
export interface Preflight {
  readonly problems: readonly Problem[];
  /** False while a change is not checked yet: `problems` are then those of an earlier edit, and stop nothing. */
  readonly isCurrent: boolean;
}

/** Checks the edit shortly after each change, as it would be sent. */
export function usePreflight(edit: ImageEdit, inputs: EditInputs): Preflight {
  const { check, isPending, problems } = edit;
  const [checked, setChecked] = useState<EditInputs>();
  useEffect(() => {
    const { params, images, drawing, again } = inputs;
    if (images.length === 0 || isPending) return;
    let isStale = false;
    const timer = setTimeout(async () => {
      const files = again && { mask: again.mask, markup: again.params?.["markup"] as Blob | undefined };
      const sent = { ...params, image: images, ...(files ?? (await drawing.toFiles())) };
      if (isStale) return;
      // Offline, the code of the check may fail to load. Nothing is sent without it, and the next change checks again.
      await check(sent).catch(() => undefined);
      if (!isStale) setChecked(inputs);
    }, 250);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [check, isPending, inputs]);
  return { problems, isCurrent: checked === inputs };
}
