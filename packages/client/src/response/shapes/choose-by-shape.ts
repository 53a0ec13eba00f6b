import { type FieldText, type ImageReference, isLink, namesImage, readTexts } from "./image-references.ts";
import { isPendingState, type Leaf, leavesOf, wordsOf } from "./leaves.ts";
import type { TextDecoding } from "./text-decoder.ts";

/** Words that say of a field only that it holds an image: they are left out of its place. */
const fieldWords = /^(?:url|uri|href|src|link|image|img|b64|base64|json|data|bytes|encoded)$/;
/** Words of fields and lists that hold results. */
const resultWords =
  /^(?:image|img|photo|url|uri|src|href|link|file|data|output|result|artifact|generation|prediction|content|b64|base64|json|bytes|encoded)s?$/;
/** Words of what is beside a result: inputs, previews, names, links to pages and to the state of a task. */
const besideWords =
  /^(?:inputs?|sources?|references?|originals?|masks?|prompts?|requests?|params|parameters|thumb|thumbnails?|previews?|avatar|icon|logo|docs?|documentation|help|support|status|cancel|webhook|callback|poll|polling|get|next|previous|self|web|html|stream|usage|metadata|errors?|logs?|user|provider|model|names?|filenames?)$/;
/** How clearly a text is the result, 1 most: an image, a URL among results, a URL of a file, text that claims to be data. */
type Rank = 1 | 2 | 3 | 4;

interface Candidate extends FieldText {
  readonly rank: Rank;
  /** The path of the image that the text belongs to. */
  readonly owner: string;
  /** The owner without indexes: the images of one place belong together. */
  readonly place: string;
}

/** What a response of unknown shape contains. */
export interface ChosenImages {
  readonly images: readonly ImageReference[];
  /** Set if several places hold images or links; `images` then has only the images among them, which are billed. */
  readonly isAmbiguous?: boolean;
}

/**
 * Returns the images of a response of unknown shape: the texts of the only place, whatever its name, that holds images
 * or URLs of images.
 */
export function chooseByShape(
  response: unknown,
  decoding: TextDecoding,
  { withLinks }: { readonly withLinks: boolean },
): ChosenImages {
  const leaves = leavesOf(response);
  // Links beside a task that has no image yet do not lead to one.
  const isPending = leaves.some(isPendingState);
  const candidates = leaves.flatMap((leaf) => toCandidate(leaf, decoding, withLinks && !isPending) ?? []);
  for (const rank of [1, 2, 3, 4] as const) {
    const found = withoutRepeats(candidates.filter((one) => one.rank === rank));
    let places = [...new Set(found.map(({ place }) => place))];
    if (places.length > 1 && rank > 1) {
      const named = new Set(found.filter(({ text }) => namesImage(text)).map(({ place }) => place));
      if (named.size === 1) places = [...named];
    }
    if (places.length > 1)
      return { images: rank === 1 ? found.map(({ text }) => ({ data: text })) : [], isAmbiguous: true };
    if (found.length) return { images: imagesAt(places[0], candidates, decoding) };
  }
  return { images: [] };
}

/** Leaves out what another place has said already: some servers give their result twice. */
function withoutRepeats(candidates: readonly Candidate[]): Candidate[] {
  const places = new Map<string, string>();
  return candidates.filter(({ text, place }) => {
    const known = places.get(text);
    if (known === undefined) places.set(text, place);
    return known === undefined || known === place;
  });
}

function imagesAt(
  place: string | undefined,
  candidates: readonly Candidate[],
  decoding: TextDecoding,
): ImageReference[] {
  const byOwner = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    if (candidate.place !== place) continue;
    const others = byOwner.get(candidate.owner);
    if (others) others.push(candidate);
    else byOwner.set(candidate.owner, [candidate]);
  }
  // Of several URLs of one image, such as `url` and `image_url`, one is enough.
  return [...byOwner.values()].flatMap((texts) => readTexts(texts, decoding).slice(0, 1));
}

function toCandidate(
  { path, value: text }: Leaf,
  decoding: TextDecoding,
  withLinks: boolean,
): Candidate | undefined {
  if (typeof text !== "string" || text === "" || path.some((part) => isBeside(part, text, decoding)))
    return undefined;
  const words = wordsOf(String(path.findLast((part) => typeof part === "string") ?? ""));
  const field = words.some((word) => /^(?:b64|base64)$/.test(word))
    ? "base64"
    : /^(?:ur[il]|href|src|link)s?$/.test(words.at(-1) ?? "")
      ? "url"
      : "other";
  const candidate = { text, field, ...ownerOf(path) } as const;
  if (decoding.isImage(text)) return { ...candidate, rank: 1 };
  if (!isLink(candidate)) return field === "base64" ? { ...candidate, rank: 4 } : undefined;
  if (!withLinks) return undefined;
  if (words.length > 0 && words.every((word) => resultWords.test(word))) return { ...candidate, rank: 2 };
  return field === "url" || namesImage(text) ? { ...candidate, rank: 3 } : undefined;
}

function isBeside(part: string | number, text: string, decoding: TextDecoding): boolean {
  // The part of a message that is an image has its bytes in `source`.
  if (part === "source" && decoding.isImage(text)) return false;
  return typeof part === "string" && wordsOf(part).some((word) => besideWords.test(word));
}

/** Returns the image that a text belongs to: `images[0]` for `images[0].url`, and `images[0][1]` for `images[0].url[1]`. */
function ownerOf(path: Leaf["path"]): Pick<Candidate, "owner" | "place"> {
  const name = path.findLastIndex((part) => typeof part === "string");
  const isField = name >= 0 && wordsOf(String(path[name])).every((word) => fieldWords.test(word));
  const owner = isField ? [...path.slice(0, name), ...path.slice(name + 1)] : path;
  return { owner: owner.join("\n"), place: owner.filter((part) => typeof part === "string").join("\n") };
}
