import type { MaskPainter } from "./mask-painter.ts";
import { encodeRuns } from "./run-lengths.ts";

interface Encoded {
  readonly version: number;
  readonly blob: Promise<Blob | undefined>;
}

const newest = new WeakMap<MaskPainter, Encoded>();

/**
 * Encodes a mask in a worker: once per change, and the same blob until the next one.
 * Resolves with `undefined` when nothing is marked, because servers refuse a fully opaque mask.
 */
export function encodeMask(painter: MaskPainter): Promise<Blob | undefined> {
  const { version, bitmap } = painter;
  const known = newest.get(painter);
  if (known?.version === version) return known.blob;
  const blob = encode(bitmap);
  newest.set(painter, { version, blob });
  // A chunk that did not load is tried again.
  blob.catch(() => newest.delete(painter));
  return blob;
}

async function encode(bitmap: MaskPainter["bitmap"]): Promise<Blob | undefined> {
  // Read now: the mask may be painted on while the code loads, which is only needed once it is painted.
  const { width, height } = bitmap;
  const runs = encodeRuns(bitmap);
  const { runTask } = await import("../worker/run-task.ts");
  return runTask("encodeMask", { width, height, runs });
}
