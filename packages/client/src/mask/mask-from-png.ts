import { type ByteInput, openByteSource } from "../media/byte-source.ts";
import { type AlphaReader, alphaReaderOf, createReader, readSamples } from "../media/png/alpha.ts";
import { type PngHeader, PngProblem, PngReader } from "../media/png/png-reader.ts";
import { type ChannelRange, readScanlines } from "../media/png/scanlines.ts";
import { checkSize, type Mask, maskError, maskOf } from "./create-mask.ts";

/** Options for creating a mask from an image's alpha. */
export interface MaskFromAlphaOptions {
  /** Pixels with alpha (0 to 255) below it are edited, the others preserved. Default: 128, half transparent. */
  readonly threshold?: number;
}

/** Options for creating a mask from a black and white image. */
export interface MaskFromBlackWhiteOptions {
  /** The color of the edited pixels. Default: `white`, as in most inpainting tools. */
  readonly edit?: "white" | "black";
}

/**
 * Creates a mask from the alpha of a PNG; soft edges become hard.
 *
 * @throws {InvalidInputError} when it is not a PNG, is damaged, or has no alpha
 * @example
 * const mask = await maskFromAlpha(file); // an image with an erased background: the background is edited
 * const outside = mask.invert();
 */
export async function maskFromAlpha(
  input: ByteInput,
  { threshold = 128 }: MaskFromAlphaOptions = {},
): Promise<Mask> {
  if (!(threshold > 0 && threshold <= 255)) {
    throw maskError("wrong_size", `\`threshold\` cannot be ${threshold}. Give a number above 0, up to 255.`);
  }
  return readMask(input, (header) => {
    const view = alphaReaderOf(header);
    if (view) return { ...view, isEdited: (alpha) => alpha < threshold };
    throw maskError(
      "no_alpha",
      "The image has no alpha to create a mask from. Use `maskFromBlackWhite`, or draw a mask.",
    );
  });
}

/**
 * Creates a mask from a black and white PNG; grays count as the nearer of the two, and alpha is ignored.
 *
 * @throws {InvalidInputError} when it is not a PNG, or is damaged
 * @example
 * const mask = await maskFromBlackWhite(file, { edit: "white" });
 * await client.edit({ model, image, mask: await mask.toPng(), prompt });
 */
export async function maskFromBlackWhite(
  input: ByteInput,
  { edit = "white" }: MaskFromBlackWhiteOptions = {},
): Promise<Mask> {
  return readMask(input, (header) => ({
    ...lightViewOf(header),
    isEdited: (light) => light >= 128 === (edit === "white"),
  }));
}

interface MaskView {
  readonly channels: ChannelRange;
  readonly read: (row: Uint8Array, count: number) => Uint8Array;
  readonly isEdited: (value: number) => boolean;
}

async function readMask(input: ByteInput, viewOf: (header: PngHeader) => MaskView): Promise<Mask> {
  const stream = new PngReader(openByteSource(input, "mask"));
  try {
    const header = await stream.readHeader();
    const { widthPx, heightPx } = header;
    checkSize(widthPx, heightPx);
    const { channels, read, isEdited } = viewOf(header);
    const table = Uint8Array.from({ length: 256 }, (_, value) => (isEdited(value) ? 0 : 255));
    const alpha = new Uint8Array(widthPx * heightPx);
    await readScanlines(stream, header, channels, (row, { x, y, stepX, count }) => {
      const values = read(row, count);
      for (let i = 0, at = y * widthPx + x; i < count; i += 1, at += stepX)
        alpha[at] = table[values[i] ?? 0] ?? 0;
      return false;
    });
    return maskOf(alpha, widthPx, heightPx);
  } catch (error) {
    if (!(error instanceof PngProblem)) throw error;
    throw maskError("invalid_image", `The image for the mask ${error.message}. Give a complete PNG.`, error);
  } finally {
    await stream.close();
  }
}

/** Returns the reader of the brightness of a PNG's pixels, 0 to 255, for any color type and depth. */
function lightViewOf(header: PngHeader): AlphaReader {
  const { colorType, bitDepth, palette = new Uint8Array(0) } = header;
  if (colorType === 3 || bitDepth < 8) {
    const table = Uint8Array.from({ length: 256 }, (_, sample) =>
      colorType === 3
        ? lightOf(palette[3 * sample] ?? 0, palette[3 * sample + 1] ?? 0, palette[3 * sample + 2] ?? 0)
        : Math.round((255 * sample) / ((1 << bitDepth) - 1)),
    );
    return viewOf(1, (row, light) => readSamples(row, bitDepth, table, light));
  }
  const sampleBytes = bitDepth / 8; // of 16 bits, only the upper eight are used
  if (colorType === 0 || colorType === 4) {
    return viewOf(sampleBytes, (row, light) => {
      for (let i = 0; i < light.length; i += 1) light[i] = row[i * sampleBytes] ?? 0;
    });
  }
  return viewOf(3 * sampleBytes, (row, light) => {
    for (let i = 0, at = 0; i < light.length; i += 1, at += 3 * sampleBytes) {
      light[i] = lightOf(row[at] ?? 0, row[at + sampleBytes] ?? 0, row[at + 2 * sampleBytes] ?? 0);
    }
  });
}

function viewOf(count: number, write: (row: Uint8Array, light: Uint8Array) => void): AlphaReader {
  return { channels: { first: 0, count }, read: createReader(write) };
}

/** Returns the luma of ITU-R BT.601. */
function lightOf(red: number, green: number, blue: number): number {
  return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
}
