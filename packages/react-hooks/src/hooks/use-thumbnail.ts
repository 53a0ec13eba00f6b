import { useEffect, useState } from "react";
import type { Step } from "../session/edit-state.ts";

/**
 * Returns the URL of a small version of an image, made in a worker, so that a strip of versions decodes no full-size
 * images; `undefined` until it is ready. An image that is small, or that the page may not read, keeps its own URL.
 *
 * @example
 * const src = useThumbnail(step, 96);
 * return <img src={src} alt="" width={96} />;
 */
export function useThumbnail({ blob, url }: Pick<Step, "blob" | "url">, edgePx = 160): string | undefined {
  const [made, setMade] = useState<{ readonly of: string; readonly url: string }>();
  useEffect(() => {
    let isStale = false;
    const own = createUrl(blob, edgePx);
    void own.then((small) => {
      if (!isStale) setMade({ of: url, url: small ?? url });
    });
    return () => {
      isStale = true;
      void own.then((small) => small !== undefined && URL.revokeObjectURL(small));
    };
  }, [blob, url, edgePx]);
  return made?.of === url ? made.url : undefined;
}

/** Creates the object URL of a thumbnail; `undefined` for an image that keeps its own. */
async function createUrl(blob: Blob | undefined, edgePx: number): Promise<string | undefined> {
  try {
    // Loaded late: a page without thumbnails does not download this code.
    const { runTask } = await import("../worker/run-task.ts");
    const small = blob && (await runTask("createThumbnail", blob, edgePx));
    return small && URL.createObjectURL(small);
  } catch {
    return undefined; // the full-size image is shown instead
  }
}
