import type { EditJob, ImageCodec, Pixels } from "./edit-job.ts";
import { encodeResult } from "./encode-result.ts";
import { decodeInsets, drawInsets, type Inset } from "./insets.ts";
import { cutOut } from "./mask/cut-out.ts";
import { featherMask } from "./mask/feather-mask.ts";
import { mapMask } from "./mask/map-mask.ts";
import { orientMask } from "./mask/orient-mask.ts";
import { gradient, hsl, mix } from "./pixels/color.ts";
import { blurPreview } from "./preview-blur.ts";
import { decodeImage, type Renderer } from "./renderer.ts";
import { chooseStyle } from "./styles/choose-style.ts";

/** Job with decoded images. */
interface OpenJob {
  job: EditJob;
  /** The first image, upright, stretched to the size of the result. */
  base: Pixels;
  /** Opacity of the edit at each pixel; 1 everywhere without a mask. */
  weights: Float32Array | undefined;
  insets: readonly Inset[];
}

/**
 * Creates the renderer for decoded pixels. It repaints the first image, stretched to the requested size, in the holes of
 * the mask, or everywhere without a mask. Pixels outside the holes are those of the stretched image.
 */
export function createPixelRenderer(codec: ImageCodec): Renderer {
  return {
    async open(job) {
      const [first, ...others] = job.images;
      if (!first) throw new TypeError("A job has at least one image.");
      const size = { width: job.widthPx, height: job.heightPx };
      const mask = job.mask && (await decodeImage(codec, job.mask, "mask"));
      const open: OpenJob = {
        job,
        base: await decodeImage(codec, first, "image", size),
        weights: mask && weighMask(orientMask(mask, first), size),
        insets: await decodeInsets(codec, others, size),
      };
      const painted = new Map<number, Pixels>();
      return async ({ index, detail }, outputFormat = job.outputFormat) => {
        const edit = painted.get(index) ?? paintEdit(open, index);
        painted.set(index, edit);
        const shortEdge = Math.min(size.width, size.height);
        const shown =
          detail < 1 ? blurPreview(edit, Math.max(2, Math.round((shortEdge / 12) * (1 - detail)))) : edit;
        const result = blend(open, shown);
        return encodeResult(job, outputFormat, codec, (progress) => fade(open.base, result, progress));
      };
    },
  };
}

function weighMask(mask: Pixels, { width, height }: { width: number; height: number }): Float32Array {
  return featherMask(mapMask(mask, width, height), width, height);
}

/** Paints the edit everywhere; the mask is applied later. */
function paintEdit({ job, base, weights, insets }: OpenJob, index: number): Pixels {
  const { style, paint } = chooseStyle(job.prompt, index, Math.min(base.width, base.height));
  const image = style(overBackdrop(base, paint.hue), paint);
  drawInsets(image, insets);
  if (job.background === "transparent") return cutOut(image, weights);
  // Without a mask a transparent background stays transparent; a hole is filled.
  if (job.background === "opaque" || weights) return image;
  for (let at = 3; at < image.data.length; at += 4) image.data[at] = base.data[at] as number;
  return image;
}

/** Composites an image over a soft gradient, so that transparent areas have something to paint. */
function overBackdrop({ width, height, data }: Pixels, hue: number): Pixels {
  const backdrop = gradient([
    hsl(hue + 200, 0.55, 0.45),
    hsl(hue + 170, 0.5, 0.68),
    hsl(hue + 20, 0.6, 0.85),
  ]);
  const filled = data.slice();
  for (let at = 0; at < filled.length; at += 4) {
    const alpha = filled[at + 3] as number;
    if (alpha === 255) continue;
    const level = Math.floor(((at >> 2) / (width * height)) * 256);
    for (let channel = 0; channel < 3; channel += 1) {
      const behind = (backdrop[level * 3 + channel] as number) * 255;
      filled[at + channel] = mix(behind, filled[at + channel] as number, alpha / 255);
    }
    filled[at + 3] = 255;
  }
  return { width, height, data: filled };
}

/** Blends the edit over the base by weight. Where the weight is 0 the base is copied. */
function blend({ base, weights, job }: OpenJob, edit: Pixels): Pixels {
  if (!weights) return edit;
  const data = base.data.slice();
  for (let index = 0, at = 0; index < weights.length; index += 1, at += 4) {
    const edgeWeight = weights[index] as number;
    if (edgeWeight === 0) continue;
    // A cut-out extends to the edge of the hole.
    const weight = 1 - (1 - edgeWeight) * ((edit.data[at + 3] as number) / 255);
    const below = (base.data[at + 3] as number) * (1 - weight);
    const above = (edit.data[at + 3] as number) * weight;
    const share = below + above === 0 ? 1 : above / (below + above);
    for (let channel = 0; channel < 3; channel += 1) {
      data[at + channel] = mix(data[at + channel] as number, edit.data[at + channel] as number, share);
    }
    data[at + 3] = below + above;
  }
  return job.background === "opaque" ? overWhite({ ...base, data }) : { ...base, data };
}

/** Fades from the upload to the result: earlier frames of a GIF show more of the upload. */
function fade(from: Pixels, to: Pixels, progress: number): Pixels {
  if (progress >= 1) return to;
  const data = to.data.map((value, at) => mix(from.data[at] as number, value, progress));
  return { ...to, data };
}

function overWhite(image: Pixels): Pixels {
  const { data } = image;
  for (let at = 0; at < data.length; at += 4) {
    const alpha = (data[at + 3] as number) / 255;
    if (alpha === 1) continue;
    for (let channel = 0; channel < 3; channel += 1)
      data[at + channel] = mix(255, data[at + channel] as number, alpha);
    data[at + 3] = 255;
  }
  return image;
}
