import type { EditJob, PixelKit, Pixels } from "./edit-job.ts";
import { type Inset, layInsets, openInsets } from "./insets.ts";
import { cutOut } from "./mask/cut-out.ts";
import { holeWeights } from "./mask/feather-mask.ts";
import { mapHoles } from "./mask/map-mask.ts";
import { turnMask } from "./mask/orient-mask.ts";
import { gradient, hsl, mix } from "./pixels/color.ts";
import { soften } from "./preview-blur.ts";
import { decodePicture, type Renderer } from "./renderer.ts";
import { chooseLook } from "./styles/choose-style.ts";

/** An unpacked job. */
interface OpenJob {
  job: EditJob;
  /** The first image, upright, stretched to the result's size. */
  base: Pixels;
  /** How much of the edit shows at each pixel; all of it everywhere without a mask. */
  weights: Float32Array | undefined;
  insets: readonly Inset[];
}

/**
 * Paints edits from unpacked pixels: the first image, stretched to the asked size and repainted in the mask's holes, or all
 * over without a mask. Pixels outside the holes are those of the stretched image.
 */
export function createPixelRenderer(kit: PixelKit): Renderer {
  return {
    async open(job) {
      const [first, ...others] = job.images;
      if (!first) throw new TypeError("A job has at least one image.");
      const size = { width: job.widthPx, height: job.heightPx };
      const mask = job.mask && (await decodePicture(kit, job.mask, "mask"));
      const open: OpenJob = {
        job,
        base: await decodePicture(kit, first, "image", size),
        weights: mask && weighMask(turnMask(mask, first), size),
        insets: await openInsets(kit, others, size),
      };
      const painted = new Map<number, Pixels>();
      return async ({ index, detail }, outputFormat = job.outputFormat) => {
        const edit = painted.get(index) ?? paintEdit(open, index);
        painted.set(index, edit);
        const short = Math.min(size.width, size.height);
        const shown = detail < 1 ? soften(edit, Math.max(2, Math.round((short / 12) * (1 - detail)))) : edit;
        return kit.encode(blend(open, shown), outputFormat, job.outputCompression);
      };
    },
  };
}

function weighMask(mask: Pixels, { width, height }: { width: number; height: number }): Float32Array {
  return holeWeights(mapHoles(mask, width, height), width, height);
}

/** Paints the edit all over; the mask comes later. */
function paintEdit({ job, base, weights, insets }: OpenJob, index: number): Pixels {
  const { look, paint } = chooseLook(job.prompt, index, Math.min(base.width, base.height));
  const picture = look(overBackdrop(base, paint.hue), paint);
  layInsets(picture, insets);
  if (job.background === "transparent") return cutOut(picture, weights);
  // Without a mask a cut-out stays a cut-out; a hole is filled.
  if (job.background === "opaque" || weights) return picture;
  for (let at = 3; at < picture.data.length; at += 4) picture.data[at] = base.data[at] as number;
  return picture;
}

/** Lays a picture over a soft gradient, so that there is something to paint where it is transparent. */
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

/** Lays the edit over the base, by weight; where the weight is 0 the base is copied. */
function blend({ base, weights, job }: OpenJob, edit: Pixels): Pixels {
  if (!weights) return edit;
  const data = base.data.slice();
  for (let index = 0, at = 0; index < weights.length; index += 1, at += 4) {
    const rim = weights[index] as number;
    if (rim === 0) continue;
    // What is cut out is cut out up to the rim of the hole.
    const weight = 1 - (1 - rim) * ((edit.data[at + 3] as number) / 255);
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

function overWhite(picture: Pixels): Pixels {
  const { data } = picture;
  for (let at = 0; at < data.length; at += 4) {
    const alpha = (data[at + 3] as number) / 255;
    if (alpha === 1) continue;
    for (let channel = 0; channel < 3; channel += 1)
      data[at + channel] = mix(255, data[at + channel] as number, alpha);
    data[at + 3] = 255;
  }
  return picture;
}
