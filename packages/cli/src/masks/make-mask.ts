import { usageError } from "../errors/cli-error.ts";
import {
  editEllipse,
  editedPixels,
  editRectangle,
  encodeMask,
  type ImageSource,
  invertMask,
  keepAll,
  type MaskPixels,
  maskFromAlpha,
  maskFromBlackWhite,
  parseRectangle,
  readImageSize,
  resizeMask,
} from "./mask-pixels.ts";

/** Options of {@link makeMask}. */
export interface MaskOptions {
  readonly alpha?: boolean | undefined;
  readonly blackWhite?: boolean | undefined;
  readonly rectangles?: readonly string[] | undefined;
  readonly ellipses?: readonly string[] | undefined;
  /** Name of the rectangle flag in messages. */
  readonly flag?: string | undefined;
  readonly invert?: boolean | undefined;
  /** Size of the mask; the source's own by default. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
}

/** An encoded mask. */
export interface MaskResult {
  readonly png: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  /** Share of the pixels that are edited, 0 to 1. */
  readonly editedShare: number;
}

/**
 * Creates a mask from an image, at its stored size.
 *
 * @throws CliError, exit code 2, if no pixel would be edited.
 */
export async function makeMask(source: ImageSource, label: string, way: MaskOptions): Promise<MaskResult> {
  const drawn = await draw(source, label, way);
  const mask = way.size === undefined ? drawn : await resizeMask(drawn, way.size.width, way.size.height);
  if (way.invert === true) invertMask(mask);
  const edited = editedPixels(mask);
  if (edited === 0) {
    throw usageError(
      `The mask of ${label} edits nothing: no pixel is transparent. Mark another area, or add \`--invert\`.`,
    );
  }
  const { width, height } = mask;
  return { png: await encodeMask(mask), width, height, editedShare: edited / (width * height) };
}

async function draw(source: ImageSource, label: string, way: MaskOptions): Promise<MaskPixels> {
  if (way.alpha === true) return maskFromAlpha(source, label);
  if (way.blackWhite === true) return maskFromBlackWhite(source, label);
  const { width, height } = await readImageSize(source, label);
  const mask = keepAll(width, height);
  for (const text of way.rectangles ?? [])
    editRectangle(mask, parseRectangle(text, way.flag ?? "rect", mask));
  for (const text of way.ellipses ?? []) editEllipse(mask, parseRectangle(text, "ellipse", mask));
  return mask;
}
