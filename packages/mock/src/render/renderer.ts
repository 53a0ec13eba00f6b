import type { EditImage, EditJob, ImageCodec, Pixels, RenderEdit, RenderTarget } from "./edit-job.ts";

/** Error of an uploaded image that cannot be decoded. */
export class DamagedImageError extends Error {
  override readonly name = "DamagedImageError";
  /** `image` or `mask`. */
  readonly param: string;

  constructor(param: string, cause: unknown) {
    super(`\`${param}\` cannot be decoded.`, { cause });
    this.param = param;
  }
}

/** Renders one image of an opened job. */
export type PaintImage = (target: RenderTarget, outputFormat?: string) => Promise<Uint8Array>;

/** Renderer of jobs. Opening a job decodes its images, so that a damaged one is refused before the response starts. */
export interface Renderer {
  /** @throws DamagedImageError */
  open(job: EditJob): Promise<PaintImage>;
}

/** Creates a renderer from a user's render function. */
export function customRenderer(render: RenderEdit): Renderer {
  return {
    open: async (job) => (target, outputFormat) =>
      render(outputFormat ? { ...job, outputFormat } : job, target),
  };
}

/**
 * Decodes an uploaded image.
 *
 * @throws DamagedImageError
 */
export async function decodeImage(
  codec: ImageCodec,
  image: EditImage,
  param: string,
  size?: { width: number; height: number },
): Promise<Pixels> {
  try {
    return await codec.decode(image.bytes, size);
  } catch (error) {
    throw new DamagedImageError(param, error);
  }
}
