import type { EditJob, EditPicture, PixelKit, Pixels, RenderEdit, RenderTurn } from "./edit-job.ts";

/** A picture of the form that can not be decoded. */
export class DamagedPictureError extends Error {
  override readonly name = "DamagedPictureError";
  /** `image` or `mask`. */
  readonly param: string;

  constructor(param: string, cause: unknown) {
    super(`\`${param}\` can not be decoded.`, { cause });
    this.param = param;
  }
}

/** Paints the pictures of one job. */
export type PaintTurn = (turn: RenderTurn, outputFormat?: string) => Promise<Uint8Array>;

/** Opens jobs: pictures are unpacked here, so that a damaged one is refused before anything is answered. */
export interface Renderer {
  /** @throws DamagedPictureError */
  open(job: EditJob): Promise<PaintTurn>;
}

/** Lends a user's own render function the shape of a renderer. */
export function customRenderer(render: RenderEdit): Renderer {
  return {
    open: async (job) => (turn, outputFormat) => render(outputFormat ? { ...job, outputFormat } : job, turn),
  };
}

/** Unpacks a picture of the form, or names it as damaged. */
export async function decodePicture(
  kit: PixelKit,
  picture: EditPicture,
  param: string,
  size?: { width: number; height: number },
): Promise<Pixels> {
  try {
    return await kit.decode(picture.bytes, size);
  } catch (error) {
    throw new DamagedPictureError(param, error);
  }
}
