import type { Step } from "@retouch/react-hooks";
import { useCallback, useState } from "react";

/** Size of an image, once the browser has loaded it. */
export interface ImageSize {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** Returns the size of a version: a result has its own, a source gets one when the browser has loaded it. */
export function useImageSize(step: Step | undefined) {
  const [loaded, setLoaded] = useState<ImageSize>();
  const onSize = useCallback((size: ImageSize) => setLoaded(size), []);
  const known = step?.width !== undefined && step.height !== undefined;
  const own = known ? { id: step.id, width: step.width, height: step.height } : undefined;
  const size = own ?? (loaded?.id === step?.id ? loaded : undefined);
  return { size: size as ImageSize | undefined, onSize };
}
