import { useEffect } from "react";
import type { InitialImage } from "../../server/session.ts";
import type { ServerSession } from "../server-session.ts";

/** Opens the images of the command line, once per tab: after a reload they are versions already. */
export function useInitialImages(
  { initialImages }: ServerSession,
  isReady: boolean,
  open: (images: readonly Blob[]) => Promise<void>,
): void {
  useEffect(() => {
    const key = `opened ${initialImages.map(({ url }) => url).join(" ")}`;
    if (!isReady || initialImages.length === 0 || sessionStorage.getItem(key) !== null) return;
    sessionStorage.setItem(key, "");
    void Promise.all(initialImages.map(download)).then(open);
  }, [initialImages, isReady, open]);
}

/** An image that cannot be downloaded is opened as an empty file, so that the page reports it by its name. */
async function download({ name, url }: InitialImage): Promise<File> {
  const response = await fetch(url).catch(() => undefined);
  const bytes = response?.ok ? await response.blob() : new Blob();
  return new File([bytes], name, { type: bytes.type });
}
