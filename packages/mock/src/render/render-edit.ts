import { chooseLook } from "./choose-look.ts";
import type { EditJob, PixelKit, Pixels } from "./edit-job.ts";
import { holeWeights } from "./hole-weights.ts";
import { mapHoles } from "./map-holes.ts";
import { decodePicture, type Renderer } from "./renderer.ts";

/** Paints edits from unpacked pixels: the first image, stretched to the asked size and repainted in the mask's holes. */
export function createPixelRenderer(kit: PixelKit): Renderer {
  return {
    async open(job) {
      const [first] = job.images;
      if (!first) throw new TypeError("A job has at least one image.");
      const size = { width: job.widthPx, height: job.heightPx };
      const base = await decodePicture(kit, first, "image", size);
      const mask = job.mask && (await decodePicture(kit, job.mask, "mask"));
      const weights = mask && holeWeights(mapHoles(mask, size.width, size.height), size.width, size.height);
      const painted = new Map<number, Pixels>();
      return async ({ index }, outputFormat = job.outputFormat) => {
        const finished = painted.get(index) ?? paintPicture(base, weights, job, index);
        painted.set(index, finished);
        return kit.encode(finished, outputFormat, job.outputCompression);
      };
    },
  };
}

function paintPicture(base: Pixels, weights: Float32Array | undefined, job: EditJob, index: number): Pixels {
  const { look, paint } = chooseLook(job.prompt, index);
  return blend(base, look(base, paint), weights);
}

/** Lays the repainted picture over the base, by weight. */
function blend(base: Pixels, over: Pixels, weights: Float32Array | undefined): Pixels {
  if (!weights) return over;
  const data = base.data.slice();
  for (let index = 0; index < weights.length; index += 1) {
    const weight = weights[index] as number;
    if (weight === 0) continue;
    for (let at = index * 4; at < index * 4 + 4; at += 1) {
      const from = data[at] as number;
      data[at] = from + ((over.data[at] as number) - from) * weight;
    }
  }
  return { ...base, data };
}
