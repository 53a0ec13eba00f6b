import type { ImageEdit } from "@retouch/react-hooks";
import { useCallback, useRef, useState } from "react";

/** Opens images that were chosen, dropped, pasted or photographed. */
export interface OpenImages {
  /** Opens the first as the image to edit, and the others as references. The versions of all others stay. */
  readonly open: (images: readonly Blob[]) => Promise<void>;
  /** Adds references. */
  readonly add: (images: readonly Blob[]) => Promise<void>;
  /** Says that what was dropped has no file. */
  readonly refuseLink: () => void;
  /** Puts the message about them away. */
  readonly clearRefused: () => void;
  /** What was not opened, after the last try. */
  readonly refused: Refused;
}

/** What was not opened: the names of files that this browser cannot show, or something that is not a file. */
export type Refused = readonly string[] | "link";

/** Creates the functions that open images. Each becomes a version of the session, so that a reload keeps it. */
export function useOpenImage({ session }: ImageEdit, onOpened: () => void): OpenImages {
  const [refused, setRefused] = useState<Refused>([]);
  const newest = useRef(0);
  const load = useCallback(
    async (images: readonly Blob[], asReferences: boolean) => {
      newest.current += 1;
      const number = newest.current;
      const shown = await Promise.all(images.map(canShow));
      if (number !== newest.current) return; // others were chosen meanwhile
      setRefused(images.filter((_, index) => shown[index] !== true).map(nameOf));
      const readable = images.filter((_, index) => shown[index]);
      const before = session.getSnapshot().current?.id;
      const ids = readable.map((image) => {
        session.load(image);
        return session.getSnapshot().current?.id ?? "";
      });
      const isFirst = before === undefined || !asReferences;
      const base = isFirst ? ids[0] : before;
      if (base !== undefined) session.jumpTo(base);
      const references = isFirst ? ids.slice(1) : ids;
      const known = session.getSnapshot().references.map(({ id }) => id);
      if (references.length > 0) session.setReferences([...known, ...references]);
      if (isFirst && ids.length > 0) onOpened();
    },
    [session, onOpened],
  );
  return {
    open: useCallback((images) => load(images, false), [load]),
    add: useCallback((images) => load(images, true), [load]),
    refuseLink: useCallback(() => setRefused("link"), []),
    clearRefused: useCallback(() => setRefused([]), []),
    refused,
  };
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
