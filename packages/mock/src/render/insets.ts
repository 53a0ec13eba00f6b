import type { EditImage, ImageCodec, Pixels } from "./edit-job.ts";
import { decodeImage } from "./renderer.ts";

/** Small copy of one further image, and its position. */
export interface Inset {
  left: number;
  top: number;
  pixels: Pixels;
}

/** Decodes the images after the first one as a row of small prints along the lower edge. */
export async function decodeInsets(
  codec: ImageCodec,
  images: readonly EditImage[],
  { width, height }: { width: number; height: number },
): Promise<Inset[]> {
  const gap = Math.max(2, Math.round(Math.min(width, height) / 60));
  const shapes = images.map(({ widthPx, heightPx, orientation }) => {
    const shape = orientation >= 5 ? heightPx / widthPx : widthPx / heightPx;
    return Math.min(2, Math.max(0.5, Number.isFinite(shape) && shape > 0 ? shape : 1));
  });
  const availableWidth = width - gap * (images.length + 1);
  const total = shapes.reduce((sum, shape) => sum + shape, 0);
  const side = Math.floor(Math.min(Math.min(width, height) * 0.18, availableWidth / total));
  if (side < 4) return [];
  const insets: Inset[] = [];
  let left = gap;
  for (const [index, image] of images.entries()) {
    const size = { width: Math.max(1, Math.floor(side * (shapes[index] ?? 1))), height: side };
    insets.push({ left, top: height - gap - side, pixels: await decodeImage(codec, image, "image", size) });
    left += size.width + gap;
  }
  return insets;
}

/** Draws the prints on an image, each in a white frame. */
export function drawInsets(image: Pixels, insets: readonly Inset[]): void {
  for (const { left, top, pixels } of insets) {
    const frame = Math.max(1, Math.round(pixels.height / 28));
    for (let y = -frame; y < pixels.height + frame; y += 1) {
      for (let x = -frame; x < pixels.width + frame; x += 1) {
        const [column, row] = [left + x, top + y];
        if (column < 0 || row < 0 || column >= image.width || row >= image.height) continue;
        const at = (row * image.width + column) * 4;
        const inside = x >= 0 && y >= 0 && x < pixels.width && y < pixels.height;
        const source = (y * pixels.width + x) * 4;
        const alpha = inside ? (pixels.data[source + 3] as number) / 255 : 0;
        for (let channel = 0; channel < 3; channel += 1) {
          image.data[at + channel] = inside
            ? 255 + ((pixels.data[source + channel] as number) - 255) * alpha
            : 255;
        }
        image.data[at + 3] = 255;
      }
    }
  }
}
