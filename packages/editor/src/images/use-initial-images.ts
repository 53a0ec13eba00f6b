import type { ImageEdit } from "@retouch/react-hooks";
import { useEffect, useRef } from "react";
import type { InitialImage } from "../../server/session.ts";
import type { ServerSession } from "../server-session.ts";

/** The start of the server whose images are open, in this browser. */
const key = "retouch-editor opened";

/** Opens the images of the command line, once per start: in another tab, and after a reload, they are versions already. */
export function useInitialImages(
  { initialImages, start }: ServerSession,
  { storage, steps }: ImageEdit,
  open: (images: readonly Blob[]) => Promise<void>,
): void {
  const isReady = storage.status === "ready" || storage.status === "failed";
  const hasVersions = steps.length > 0;
  const isDone = useRef(false);
  useEffect(() => {
    if (!isReady || isDone.current) return;
    isDone.current = true;
    // A browser that stores no versions opens them again.
    if (initialImages.length === 0 || (hasVersions && lastOpened() === start)) return;
    storeOpened(start);
    void Promise.all(initialImages.map(download)).then(open);
  }, [initialImages, start, isReady, hasVersions, open]);
}

function lastOpened(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function storeOpened(start: string): void {
  try {
    localStorage.setItem(key, start);
  } catch {
    // The disk may be full: they are opened again after a reload.
  }
}

/** An image that cannot be downloaded is opened as an empty file, so that the page reports it by its name. */
async function download({ name, url }: InitialImage): Promise<File> {
  const response = await fetch(url).catch(() => undefined);
  const bytes = response?.ok ? await response.blob() : new Blob();
  return new File([bytes], name, { type: bytes.type });
}
