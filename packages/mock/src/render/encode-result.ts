import { encodeGif } from "./codecs/encode-gif.ts";
import { encodePng } from "./codecs/encode-png.ts";
import { encodeSvg } from "./codecs/encode-svg.ts";
import type { EditJob, ImageCodec, Pixels } from "./edit-job.ts";

/** Draws a result, or one frame of it: `progress` is 1 for the result, less for earlier frames. */
export type DrawFrame = (progress: number) => Pixels;

/**
 * Encodes a result in a format. GIF, SVG and, without a codec, PNG are encoded here; a codec encodes the others. Without
 * one they are PNG as well.
 */
export async function encodeResult(
  job: EditJob,
  format: string,
  codec: ImageCodec | undefined,
  draw: DrawFrame,
): Promise<Uint8Array> {
  if (format === "gif") {
    const { widthPx: width, heightPx: height, frameCount, frameDurationMs } = job;
    return encodeGif({ width, height }, drawFrames(draw, frameCount), frameDurationMs);
  }
  if (format === "svg") return encodeSvg(draw(1));
  return codec ? codec.encode(draw(1), format, job.outputCompression) : encodePng(draw(1));
}

/** Yields frames one by one: all of a large GIF at once would not fit into memory. */
function* drawFrames(draw: DrawFrame, count: number): Generator<Pixels> {
  for (let frame = 1; frame <= count; frame += 1) yield draw(frame / count);
}
