import type { ImageEdit } from "@retouch/react-hooks";
import { useCallback, useRef, useState } from "react";

/** Opens a picture that somebody chose, dropped or pasted: not before it can be shown, and never over what was paid for. */
export function useOpenPicture(edit: ImageEdit, onOpened: () => void) {
  const { session } = edit;
  const [refused, setRefused] = useState<string>();
  const newest = useRef(0);
  const open = useCallback(
    async (picture: Blob) => {
      newest.current += 1;
      const number = newest.current;
      const isReadable = await canShow(picture);
      if (number !== newest.current) return; // another one was chosen meanwhile
      setRefused(isReadable ? undefined : nameOf(picture));
      if (!isReadable || !mayReplace(session.getSnapshot())) return;
      session.reset(picture);
      onOpened();
    },
    [session, onOpened],
  );
  return { open, refused };
}

async function canShow(picture: Blob): Promise<boolean> {
  try {
    (await createImageBitmap(picture)).close();
    return true;
  } catch {
    return false;
  }
}

/** Another picture starts over: an edit on its way is stopped, and the versions are gone. */
function mayReplace({ status, steps }: Pick<ImageEdit, "status" | "steps">): boolean {
  if (["preparing", "uploading", "processing", "streaming"].includes(status))
    return confirm("An edit is on its way, and may be billed. Stop it and open the other picture?");
  return steps.length < 2 || confirm("Open another picture? The versions of this one will be gone.");
}

function nameOf(picture: Blob): string {
  return picture instanceof File && picture.name !== "" ? picture.name : "This file";
}
