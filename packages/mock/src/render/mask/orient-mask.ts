import type { EditImage, Pixels } from "../edit-job.ts";

/**
 * Rotates a mask upright with its image. A mask of the upright size was painted over the upright image and is not
 * changed. Only a mask of the stored size, if that differs, is rotated like the pixels of the image.
 */
export function orientMask(mask: Pixels, image: EditImage): Pixels {
  const { orientation } = image;
  const stored = mask.width === image.widthPx && mask.height === image.heightPx;
  if (orientation < 5 || !stored || mask.width === mask.height) return mask;
  const { width, height } = mask;
  const data = new Uint8ClampedArray(mask.data.length);
  for (let y = 0; y < width; y += 1) {
    for (let x = 0; x < height; x += 1) {
      // Upright column and row to stored ones, for the four orientations that swap sides (EXIF 2.3, 4.6.4).
      const column = orientation === 5 || orientation === 6 ? y : width - 1 - y;
      const row = orientation === 5 || orientation === 8 ? x : height - 1 - x;
      const from = (row * width + column) * 4;
      data.set(mask.data.subarray(from, from + 4), (y * height + x) * 4);
    }
  }
  return { width: height, height: width, data };
}
