/** Width and height in pixels. */
export interface Size {
  widthPx: number;
  heightPx: number;
}

const largestSidePx = 4096;
const megapixel = 1024 ** 2;

/**
 * Chooses the size of the result: the one that was asked; else, of the model's sizes, the one whose shape is nearest to the
 * first image's; else a megapixel in the shape of `aspect_ratio` or of the first image.
 */
export function chooseSize(
  asked: { size: string | undefined; aspectRatio: string | undefined },
  modelSizes: readonly string[],
  input: Size,
): Size {
  const size = parsePair(asked.size, "x");
  if (size && Math.max(size[0], size[1]) <= largestSidePx) return { widthPx: size[0], heightPx: size[1] };
  const ratio = parsePair(asked.aspectRatio, ":");
  if (ratio) return megapixelOf(ratio[0] / ratio[1]);
  // A format whose header tells no size counts as square.
  const shape = input.widthPx > 0 && input.heightPx > 0 ? input.widthPx / input.heightPx : 1;
  const distance = ([width, height]: Pair) => Math.abs(Math.log(width / height / shape));
  const known = modelSizes.map((text) => parsePair(text, "x")).filter((pair) => pair !== undefined);
  // Of two equally near ones the larger wins.
  known.sort((a, b) => distance(a) - distance(b) || b[0] * b[1] - a[0] * a[1]);
  const [nearest] = known;
  return nearest ? { widthPx: nearest[0], heightPx: nearest[1] } : megapixelOf(shape);
}

/** A megapixel of that shape, its sides divisible by 16, no longer than 1:3. */
function megapixelOf(shape: number): Size {
  const bounded = Math.min(3, Math.max(1 / 3, shape));
  const side = (length: number) => Math.max(16, Math.round(length / 16) * 16);
  return { widthPx: side(Math.sqrt(megapixel * bounded)), heightPx: side(Math.sqrt(megapixel / bounded)) };
}

type Pair = readonly [number, number];

function parsePair(text: string | undefined, separator: string): Pair | undefined {
  const [first, second] = (text ?? "").split(separator);
  const digits = /^[1-9]\d{0,4}$/;
  if (first === undefined || second === undefined || !digits.test(first) || !digits.test(second))
    return undefined;
  return [Number(first), Number(second)];
}
