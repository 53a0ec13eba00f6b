import { fitSize, modelSizes, type PixelSize } from "@retouch/client/composite";
import { usageError } from "../errors/cli-error.ts";

/**
 * Resolves `--size match-input` to a size that the model accepts: the closest one listed, or the input's own within its
 * rule. A model without known sizes gets the input's own size.
 */
export function matchInputSize(model: string | undefined, size: PixelSize): string {
  const sizes = modelSizes(model);
  if (sizes.isRefused) throw usageError(`\`${model}\` takes no size. Remove \`--size match-input\`.`);
  const { width, height } = fitSize(size, sizes) ?? size;
  return `${width}x${height}`;
}
