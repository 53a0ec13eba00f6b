import { decodeBase64 } from "../../bytes/base64.ts";
import { formatOf, isImageFormat } from "../../media/format.ts";
import { inspectImage } from "../../media/inspect-image.ts";
import type { DecodedImage, DecodedImages } from "../decode-images.ts";
import type { StoredImage } from "../image-store.ts";
import { textOf } from "../json.ts";

type Item = { readonly b64_json: string } | { readonly url: string };

/** An item as in `data` of an image response, and the name of the member that it was found in. */
interface EventImage {
  readonly item: Item & { readonly revised_prompt: string | undefined };
  readonly member: string;
}

/** Real events nest five deep and have a hundred values. */
const maxDepth = 32;
const maxValues = 10_000;
/** The smallest PNG has 90 characters of base64. */
const minChars = 40;
const imagePath = /^https?:\/\/[^\s?#]+\.(?:png|jpe?g|webp|gif|avif|heic|bmp|tiff?|svg)(?:[?#]\S*)?$/i;
const textMember = /^(?:content|text|delta|refusal|reasoning(?:_content)?)$/;
const linkMember = /^(?:[a-z]+_)?(?:url|uri|image|result|link|src)$/i;

/**
 * Returns the images of an event whose shape is unknown, such as `{item: {result}}`, at any depth: base64 that begins
 * like an image, `data:` URIs and, if `withLinks`, links by their member or their extension: an error links to a manual.
 * Without `withTexts`, the texts of a chat are passed over: a part of one can begin like an image.
 */
export async function findEventImages(
  json: unknown,
  images: ReadonlyMap<string, StoredImage>,
  { withLinks, withTexts }: { readonly withLinks: boolean; readonly withTexts: boolean },
): Promise<EventImage[]> {
  const found: EventImage[] = [];
  let values = 0;
  const visit = async (
    value: unknown,
    member: string,
    prompt: string | undefined,
    depth: number,
  ): Promise<void> => {
    if (depth > maxDepth || ++values > maxValues) return;
    if (typeof value === "string") {
      if (!withTexts && textMember.test(member)) return;
      const item = await readItem(value, member, images);
      if (item && (withLinks || !("url" in item) || item.url.startsWith("data:")))
        found.push({ item: { ...item, revised_prompt: prompt }, member });
    } else if (typeof value === "object" && value !== null) {
      const own = textOf((value as Record<string, unknown>)["revised_prompt"]) ?? prompt;
      for (const [name, inner] of Object.entries(value))
        await visit(inner, Array.isArray(value) ? member : name, own, depth + 1);
    }
  };
  await visit(json, "", undefined, 0);
  return found;
}

async function readItem(
  text: string,
  member: string,
  images: ReadonlyMap<string, StoredImage>,
): Promise<Item | undefined> {
  if (/^data:image\//i.test(text)) return { url: text };
  if (/^https?:\/\//i.test(text))
    return linkMember.test(member) || imagePath.test(text) ? { url: text } : undefined;
  const stored = images.get(text);
  if (stored) return isImage(await stored.slice(0, 512)) ? { b64_json: text } : undefined;
  if (text.length < minChars || /[^\w+/=\s-]/.test(text.slice(0, minChars))) return undefined;
  const head = text.replace(/\s+/g, "").slice(0, minChars);
  const bytes = decodeBase64(new TextEncoder().encode(head));
  return bytes && isImage(bytes) ? { b64_json: text } : undefined;
}

function isImage(head: Uint8Array): boolean {
  return isImageFormat(formatOf(head));
}

/** Returns the images that arrived completely in an event that is not JSON, or that was cut. */
export async function salvageEventImages(sources: readonly StoredImage[]): Promise<DecodedImages> {
  const images: DecodedImage[] = [];
  for (const source of sources) {
    const info = await inspectImage(source);
    if (isImageFormat(info.format)) images.push({ source, info });
  }
  return { images, warnings: [], damaged: 0 };
}
