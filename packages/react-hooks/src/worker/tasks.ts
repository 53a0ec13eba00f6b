import type { Pause } from "@retouch/client/composite";
import type { CompositeTask } from "../composite/composite-image.ts";
import { compositeImage } from "../composite/composite-image.ts";
import type { CropTask } from "../composite/crop-image.ts";
import { cropImage } from "../composite/crop-image.ts";
import { encodeMaskRuns, type MaskRuns } from "../mask/encode-bitmap.ts";
import { createThumbnail } from "../prepare/create-thumbnail.ts";
import { type PrepareOptions, prepareImage } from "../prepare/prepare-image.ts";
import { type MarkupScale, scaleMarkup } from "../prepare/scale-markup.ts";
import { type MaskScale, scaleMask } from "../prepare/scale-mask.ts";

/**
 * Creates the work that runs in a worker: everything on pixels. Arguments and results can be cloned. On the page's own
 * thread, `pause` lets events through between slices.
 */
export function createTasks(pause?: Pause) {
  return {
    encodeMask: (mask: MaskRuns) => encodeMaskRuns(mask, pause),
    prepareImage: (blob: Blob, options: PrepareOptions, field: { field: string; upright: boolean }) =>
      prepareImage(blob, options, field, pause),
    scaleMask: (scale: MaskScale) => scaleMask(scale, pause),
    scaleMarkup: (scale: MarkupScale) => scaleMarkup(scale),
    cropImage: (task: CropTask) => cropImage(task, pause),
    compositeImage: (task: CompositeTask) => compositeImage(task, pause),
    createThumbnail: (blob: Blob, edgePx: number) => createThumbnail(blob, edgePx),
  };
}

export type Tasks = ReturnType<typeof createTasks>;
export type TaskName = keyof Tasks;
