import type { ImageEdit } from "@retouch/react-hooks";
import { useCallback, useRef, useState } from "react";

/** Returns a function that opens a chosen, dropped or pasted image if it can be shown. Asks before billed images are removed. */
export function useOpenImage(edit: ImageEdit, onOpened: () => void) {
  const { session } = edit;
  const [refused, setRefused] = useState<string>();
  const newest = useRef(0);
  const open = useCallback(
    async (image: Blob) => {
      newest.current += 1;
      const number = newest.current;
      const isReadable = await canShow(image);
      if (number !== newest.current) return; // another one was chosen meanwhile
      setRefused(isReadable ? undefined : nameOf(image));
      if (!isReadable || !mayReplace(session.getSnapshot())) return;
      session.reset(image);
      onOpened();
    },
    [session, onOpened],
  );
  return { open, refused };
}

async function canShow(image: Blob): Promise<boolean> {
  try {
    (await createImageBitmap(image)).close();
    return true;
  } catch {
    return false;
  }
}

/** Asks before an edit in progress is aborted or versions are removed. */
function mayReplace({ status, steps }: Pick<ImageEdit, "status" | "steps">): boolean {
  if (["preparing", "uploading", "processing", "streaming"].includes(status))
    return confirm("An edit is in progress and may be billed. Cancel it and open the other image?");
  return steps.length < 2 || confirm("Open another image? The versions of this one will be removed.");
}

function nameOf(image: Blob): string {
  return image instanceof File && image.name !== "" ? image.name : "This file";
}
