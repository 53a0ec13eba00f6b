import type { EditImage } from "../render/edit-job.ts";

/** Token counts in the format of OpenAI. */
export interface ImageUsage {
  input_tokens: number;
  input_tokens_details: { image_tokens: number; text_tokens: number };
  output_tokens: number;
  total_tokens: number;
}

/** Output tokens of a square megapixel by quality (OpenAI's image generation guide, read 2026-11). */
const tokensPerMegapixel: Record<string, number> = { low: 272, medium: 1056, high: 4160 };

/** Estimates the token counts of a vendor: plausible, and the same for the same input. */
export function estimateUsage(edit: {
  prompt: string;
  images: readonly EditImage[];
  mask?: EditImage;
  n: number;
  widthPx: number;
  heightPx: number;
  quality: string | undefined;
}): ImageUsage {
  const text = Math.max(1, Math.ceil([...edit.prompt].length / 4));
  const inputs = edit.mask ? [...edit.images, edit.mask] : edit.images;
  const image = inputs.reduce((total, input) => total + imageTokens(input), 0);
  const square = tokensPerMegapixel[edit.quality ?? "medium"] ?? tokensPerMegapixel["medium"] ?? 0;
  const output = edit.n * Math.round((square * edit.widthPx * edit.heightPx) / 1024 ** 2);
  return {
    input_tokens: text + image,
    input_tokens_details: { image_tokens: image, text_tokens: text },
    output_tokens: output,
    total_tokens: text + image + output,
  };
}

/** Returns 65, and 129 for each tile of 512 pixels, the short side scaled to 512 (OpenAI's vision guide, gpt-image-1). */
function imageTokens({ widthPx, heightPx }: EditImage): number {
  const scale = 512 / Math.max(1, Math.min(widthPx, heightPx));
  return 65 + 129 * Math.ceil((widthPx * scale) / 512) * Math.ceil((heightPx * scale) / 512);
}
