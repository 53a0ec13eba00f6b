import type { ResultImage } from "../session/result-image.ts";
import { runTask } from "../worker/run-task.ts";
import type { Original } from "./composite-options.ts";

/**
 * Returns what puts the images of a result back into their original. An image for which that fails stays as it arrived,
 * with a warning: it is billed.
 */
export function compositeInto({ image: original, mask, box, featherPx }: Original) {
  return async (images: readonly ResultImage[]): Promise<readonly ResultImage[]> => {
    const composites: ResultImage[] = [];
    // One after another: several large images decoded concurrently can exhaust the memory of a phone.
    for (const [index, given] of images.entries()) {
      const { blob } = given;
      if (blob === undefined) {
        composites.push(given);
        continue;
      }
      const composite = await runTask("compositeImage", {
        original,
        mask,
        result: blob,
        box,
        featherPx,
      }).catch((error: unknown) => ({ problem: (error as Error).message }));
      if ("problem" in composite) {
        composites.push({ ...given, warning: failedWarning(index, composite.problem) });
        continue;
      }
      const { width, height, drift } = composite;
      composites.push({ ...given, blob: composite.blob, composite: { width, height, raw: blob, drift } });
    }
    return composites;
  };
}

function failedWarning(index: number, reason: string) {
  return {
    severity: "warning",
    field: `images[${index}]`,
    code: "composite_failed",
    message: `The result was not put back into its original: ${reason}. It is shown as it arrived.`,
  } as const;
}
