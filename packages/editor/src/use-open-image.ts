import type { ImageEdit } from "@retouch/react-hooks";
import { useCallback, useRef, useState } from "react";

/** Returns a function that opens a chosen, dropped or pasted image if it can be shown. The versions of the others stay. */
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
      if (!isReadable) return;
      session.load(image);
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

function nameOf(image: Blob): string {
  return image instanceof File && image.name !== "" ? image.name : "This file";
}
