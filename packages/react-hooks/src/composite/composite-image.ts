import {
  clipBox,
  compositePixels,
  type Drift,
  hasSameRatio,
  type Pause,
  type PixelBox,
} from "@retouch/client/composite";
import { drawScaled, encodeCanvas, readPixels, writePixels } from "../prepare/canvas.ts";
import { readMask } from "./crop-image.ts";

/** A result, and what it is put back into. */
export interface CompositeTask {
  readonly original: Blob;
  readonly mask: Blob;
  readonly result: Blob;
  /** The part of the original that was sent; all of it by default. */
  readonly box: PixelBox | undefined;
  readonly featherPx: number | undefined;
}

/** A composite: lossless, in the original's size. Or why there is none. */
export type Composite =
  | { readonly blob: Blob; readonly width: number; readonly height: number; readonly drift: Drift }
  | { readonly problem: string };

/**
 * Puts a result back into its original, upright and at the original's resolution. Only pixels of the sent part are
 * computed; all others are drawn unchanged.
 */
export async function compositeImage(
  { original, mask, result, box, featherPx }: CompositeTask,
  pause?: Pause,
): Promise<Composite> {
  const [before, after] = await Promise.all(
    [original, result].map((blob) =>
      createImageBitmap(blob, { imageOrientation: "from-image" }).catch(() => undefined),
    ),
  );
  if (before === undefined || after === undefined)
    return { problem: `this browser cannot read the ${before === undefined ? "original" : "result"}` };
  const { width, height } = before;
  const frame = box ?? { x: 0, y: 0, width, height };
  if (!hasSameRatio(frame, after)) {
    const [got, sent] = [after, frame].map((size) => `${size.width}x${size.height}`);
    return { problem: `it is ${got}, which has another aspect ratio than the ${sent} that was edited` };
  }
  const inside = clipBox(frame, before);
  const plane = await readMask(mask, inside, before, pause);
  if (plane === undefined) return { problem: "the mask has another size than the image" };
  const canvas = drawScaled(before, 1);
  before.close();
  await pause?.();
  const pixels = await readPixels(canvas, inside, pause);
  const whole = { x: 0, y: 0, width: after.width, height: after.height };
  const edited = await readPixels(after, whole, pause);
  after.close();
  const drift = await compositePixels({
    original: pixels,
    mask: plane,
    result: edited,
    frame: { ...frame, x: frame.x - inside.x, y: frame.y - inside.y },
    featherPx,
    pause,
  });
  await writePixels(canvas, pixels, inside, pause);
  return { blob: await encodeCanvas(canvas, "image/png"), width, height, drift };
}
