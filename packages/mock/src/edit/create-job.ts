import { fieldDefaults, type SizeRule } from "../generated/spec.gen.ts";
import type { EditJob } from "../render/edit-job.ts";
import type { ValidRequest } from "../request/validate-request.ts";

/** Creates the job of a valid request: size, format and background, with defaults filled in. */
export function createJob(valid: ValidRequest): EditJob {
  const { fields, images, mask, model } = valid;
  const [first] = images;
  const { widthPx = 1, heightPx = 1, orientation = 1 } = first ?? {};
  const upright = orientation >= 5 ? { widthPx: heightPx, heightPx: widthPx } : { widthPx, heightPx };
  const compression = fields["output_compression"];
  const outputFormat =
    resultFormats.find((format) => format === fields["output_format"]) ?? fieldDefaults.output_format;
  const frameCount = countOf(fields["frame_count"], fieldDefaults.frame_count, 1);
  const requested = { size: fields["size"], aspectRatio: fields["aspect_ratio"] };
  const size = chooseSize(requested, valid, upright, outputFormat === "gif" ? frameCount : 1);
  return {
    ...(model === undefined ? {} : { model }),
    prompt: fields["prompt"] ?? "",
    images,
    ...(mask ? { mask } : {}),
    ...size,
    outputFormat,
    frameCount,
    frameDurationMs: Number(fields["frame_duration_ms"] ?? fieldDefaults.frame_duration_ms),
    ...(compression === undefined ? {} : { outputCompression: Number(compression) }),
    background: fields["background"] ?? fieldDefaults.background,
  };
}

/** Formats that the mock renders. Another one that an unknown model is asked for is the default. */
const resultFormats = ["png", "jpeg", "webp", "gif", "svg"];

/** Width and height in pixels. */
interface Size {
  widthPx: number;
  heightPx: number;
}

const largestSidePx = 4096;
/** The most frames or previews that are drawn, more than any model makes. */
const largestCount = 100;
const megapixel = 1024 ** 2;

/** Reads how often something is drawn; an unknown model has no limit of its own, so what is too much is the default. */
export function countOf(text: string | undefined, otherwise: string, least = 0): number {
  const count = Number(text ?? otherwise);
  return Number.isInteger(count) && count >= least && count <= largestCount ? count : Number(otherwise);
}

/**
 * Chooses the size of the result: the requested one, or else the size of the model whose aspect ratio is closest to the
 * first image, or else a megapixel with the `aspect_ratio` or the one of the first image.
 */
function chooseSize(
  requested: { size: string | undefined; aspectRatio: string | undefined },
  { modelSizes, sizeRule }: Pick<ValidRequest, "modelSizes" | "sizeRule">,
  input: Size,
  frameCount: number,
): Size {
  const size = parsePair(requested.size, "x");
  if (size && Math.max(size[0], size[1]) <= largestSidePx) return { widthPx: size[0], heightPx: size[1] };
  const ratio = parsePair(requested.aspectRatio, ":");
  if (ratio) return frameOf(megapixelOf(ratio[0] / ratio[1]), sizeRule, frameCount);
  // A format whose header has no size counts as square.
  const shape = input.widthPx > 0 && input.heightPx > 0 ? input.widthPx / input.heightPx : 1;
  const distance = ([width, height]: Pair) => Math.abs(Math.log(width / height / shape));
  const known = modelSizes.map((text) => parsePair(text, "x")).filter((pair) => pair !== undefined);
  // The larger of two equally close sizes wins.
  known.sort((a, b) => distance(a) - distance(b) || b[0] * b[1] - a[0] * a[1]);
  const [nearest] = known;
  if (nearest) return { widthPx: nearest[0], heightPx: nearest[1] };
  return frameOf(megapixelOf(shape), sizeRule, frameCount);
}

/**
 * Shrinks the frames of a GIF until they fit on one sheet of at least 3 by 3 within the largest size of the model.
 *
 * @see https://docs.apiyi.com/en/live/2026-11/gpt-image-2-6-gif-size-table (960, 816 and 720 for squares)
 */
function frameOf(size: Size, rule: SizeRule | undefined, frameCount: number): Size {
  if (frameCount === 1 || !rule) return size;
  const columns = Math.max(3, Math.ceil(Math.sqrt(frameCount)));
  const rows = Math.max(3, Math.ceil(frameCount / columns));
  const [sheetWidth, sheetHeight] = [size.widthPx * columns, size.heightPx * rows];
  const scale = Math.min(
    1,
    rule.maxEdgePx / Math.max(sheetWidth, sheetHeight),
    Math.sqrt(rule.maxPixels / (sheetWidth * sheetHeight)),
  );
  const fit = (length: number) => Math.floor((length * scale) / rule.multipleOf) * rule.multipleOf;
  return { widthPx: fit(size.widthPx), heightPx: fit(size.heightPx) };
}

/** Returns a megapixel with that aspect ratio, at most 1:3, with sides divisible by 16. */
function megapixelOf(shape: number): Size {
  const bounded = Math.min(3, Math.max(1 / 3, shape));
  const side = (length: number) => Math.max(16, Math.round(length / 16) * 16);
  return { widthPx: side(Math.sqrt(megapixel * bounded)), heightPx: side(Math.sqrt(megapixel / bounded)) };
}

type Pair = readonly [number, number];

function parsePair(text: string | undefined, separator: string): Pair | undefined {
  const [first, second] = (text ?? "").split(separator);
  const digits = /^[1-9]\d{0,4}$/;
  if (first === undefined || second === undefined || !digits.test(first) || !digits.test(second))
    return undefined;
  return [Number(first), Number(second)];
}
