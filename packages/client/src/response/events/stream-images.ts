import type { Problem } from "../../errors/errors.ts";
import type { DecodedImage, DecodedImages } from "../decode-images.ts";

/** Results of a stream, from all of its events. */
export interface ResultImages {
  /** Images of the events that have results. */
  final(): DecodedImages;
  /** Adds the images of an event of one kind. Images that an event of another kind already had are repetitions. */
  addFinal(kind: string, decoded: DecodedImages): Promise<void>;
  /** Adds images that are results only if no event has one for certain. */
  addCandidates(decoded: DecodedImages): void;
  /** Adds images of a broken event, which are never results. */
  addRescued(decoded: DecodedImages): void;
  /** Returns the results, or else, if allowed, the candidates. */
  best(allowsCandidates: boolean): DecodedImages;
  /** Returns everything that may have been billed. */
  all(): DecodedImages;
}

const nothing: DecodedImages = { images: [], warnings: [], damaged: 0 };
/** No edit has more images. */
const maxImages = 100;

/** Creates the results of a stream. */
export function createResultImages(): ResultImages {
  const finalImages: DecodedImage[] = [];
  const finalWarnings: Problem[] = [];
  let damagedCount = 0;
  let candidates = nothing;
  let rescued = nothing;
  /** The last images, with the kind of their event: only these are compared, whatever a stream names its events. */
  let recent: { readonly kind: string; readonly image: DecodedImage }[] = [];

  /** Responses API: an image is in `output_item.done` and once more in `completed`. */
  async function isRepetition(
    image: DecodedImage,
    kind: string,
    matched: Set<DecodedImage>,
  ): Promise<boolean> {
    for (const earlier of recent) {
      if (earlier.kind === kind || matched.has(earlier.image)) continue;
      if (!(await isSame(earlier.image, image))) continue;
      matched.add(earlier.image);
      return true;
    }
    return false;
  }

  const final = (): DecodedImages => ({
    images: finalImages,
    warnings: finalWarnings,
    damaged: damagedCount,
  });

  return {
    final,
    async addFinal(kind, { images, warnings, damaged }) {
      const fresh: DecodedImage[] = [];
      // Two images of one event can be equal.
      const matched = new Set<DecodedImage>();
      for (const image of images) if (!(await isRepetition(image, kind, matched))) fresh.push(image);
      recent = [...recent, ...fresh.map((image) => ({ kind, image }))].slice(-maxImages);
      const isRepeated = images.length > 0 && fresh.length === 0;
      // One by one: a copy of all for each event would take the square of their number.
      for (const image of fresh) finalImages.push(image);
      if (!isRepeated) for (const warning of warnings) finalWarnings.push(warning);
      damagedCount += damaged;
    },
    addCandidates(decoded) {
      candidates = join(candidates, decoded);
    },
    addRescued(decoded) {
      rescued = join(rescued, decoded);
    },
    best: (allowsCandidates) =>
      allowsCandidates && !finalImages.length && !damagedCount ? candidates : final(),
    all: () => join(finalImages.length ? final() : join(final(), candidates), rescued),
  };
}

function join(first: DecodedImages, second: DecodedImages): DecodedImages {
  return {
    // The last ones of an endless stream, which are the closest to a result.
    images: [...first.images, ...second.images].slice(-maxImages),
    warnings: [...first.warnings, ...second.warnings].slice(0, maxImages),
    damaged: first.damaged + second.damaged,
  };
}

async function isSame(first: DecodedImage, second: DecodedImage): Promise<boolean> {
  const [a, b] = [first.source, second.source];
  if (!a || !b) return first.url !== undefined && first.url === second.url;
  if (a === b) return true;
  if (a.byteLength !== b.byteLength) return false;
  for (let at = 0; at < a.byteLength; at += 262_144) {
    const [left, right] = await Promise.all([a.slice(at, at + 262_144), b.slice(at, at + 262_144)]);
    if (!left.every((byte, index) => byte === right[index])) return false;
  }
  return true;
}

/** Partial images so far, by index. */
export interface Previews<Image> {
  /** Adds one; without an index of its own, it gets the next. */
  add(
    index: number | undefined,
    image: Image,
    byteLength: number | undefined,
  ): { readonly index: number; readonly image: Image };
  images(): Image[];
}

/** Previews can go on for hours: the last ones are retained, of at most this size, for an edit that fails. */
const maxRetainedBytes = 67_108_864;
const maxRetained = 32;

/** Creates an empty list of previews. */
export function createPreviews<Image>(): Previews<Image> {
  const retained = new Map<number, { readonly image: Image; readonly byteLength: number }>();
  let count = 0;
  let bytes = 0;
  const remove = (index: number): void => {
    bytes -= retained.get(index)?.byteLength ?? 0;
    retained.delete(index);
  };
  return {
    add(given, image, byteLength = 0) {
      const index = given ?? count;
      if (!retained.has(index)) count++;
      remove(index);
      retained.set(index, { image, byteLength });
      bytes += byteLength;
      for (const [oldest] of retained) {
        if (retained.size === 1 || (retained.size <= maxRetained && bytes <= maxRetainedBytes)) break;
        remove(oldest);
      }
      return { index, image };
    },
    images: () => [...retained.values()].map(({ image }) => image),
  };
}
