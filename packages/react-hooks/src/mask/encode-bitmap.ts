import type { Pause } from "@retouch/client/composite";
import { createMask } from "@retouch/client/mask";
import type { MaskBitmap } from "./bitmap.ts";
import { encodeRuns, type RunLengths } from "./run-lengths.ts";

/** The marked pixels of a mask as runs: small, so that it costs little to pass to a worker. */
export interface MaskRuns {
  readonly width: number;
  readonly height: number;
  readonly runs: RunLengths;
}

/**
 * Encodes the PNG that an edit takes: transparent (alpha 0) where marked, opaque (255) elsewhere.
 * Resolves with `undefined` when nothing is marked, because servers refuse a fully opaque mask.
 */
export async function encodeMaskRuns(
  { width, height, runs }: MaskRuns,
  pause?: Pause,
): Promise<Blob | undefined> {
  if (runs.length === 0) return undefined;
  const mask = createMask({ width, height });
  for (let at = 0; at < runs.length; at += 2) mask.alpha.fill(0, runs[at], runs[at + 1]);
  return new Blob([await mask.toPng({ pause })], { type: "image/png" });
}

/** Encodes a bitmap like {@link encodeMaskRuns}. */
export function encodeBitmap(bitmap: MaskBitmap, pause?: Pause): Promise<Blob | undefined> {
  const { width, height } = bitmap;
  return encodeMaskRuns({ width, height, runs: encodeRuns(bitmap) }, pause);
}
