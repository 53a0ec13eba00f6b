import { fieldsOf, listOf, textOf } from "./json.ts";

/** A reference to an image in a response: its base64 or `data:` URI, its URL, or both. */
interface ImageReference {
  readonly base64?: string | undefined;
  readonly url?: string | undefined;
  readonly revisedPrompt?: string | undefined;
}

/**
 * Returns the images of a parsed response of either shape, in order: `{data: [{b64_json, url, revised_prompt}]}` or
 * a chat completion, whose message is text with links, or parts. An event of a stream is itself such an item.
 */
export function findImages(response: unknown): ImageReference[] {
  const { data, images, choices, error } = fieldsOf(response);
  const items = [...listOf(data), ...listOf(images)].flatMap(readItem);
  if (items.length) return items;
  const fromChat = unique(listOf(choices).flatMap(readChoice));
  if (fromChat.length || error) return fromChat;
  return Array.isArray(response) ? response.flatMap(readItem) : readItem(response);
}

/** Returns the image of one item. A string is an image if it is a URL or a scanner's placeholder, otherwise prose. */
function readItem(item: unknown): ImageReference[] {
  if (typeof item === "string") return /^(?:~|\/|data:|https?:)/i.test(item) ? [fromUrl(item)] : [];
  const { b64_json, url, image_url, revised_prompt } = fieldsOf(item);
  const link = textOf(url) ?? textOf(image_url) ?? textOf(fieldsOf(image_url)["url"]);
  const found = {
    ...(link !== undefined && fromUrl(link)),
    ...(textOf(b64_json) !== undefined && { base64: textOf(b64_json) }),
    revisedPrompt: textOf(revised_prompt),
  };
  return "base64" in found || "url" in found ? [found] : [];
}

function fromUrl(link: string): ImageReference {
  return /^data:/i.test(link) ? { base64: link } : { url: link };
}

function readChoice(choice: unknown): ImageReference[] {
  const { content, images } = fieldsOf(fieldsOf(choice)["message"]);
  return [...listOf(content).flatMap(readPart), ...listOf(images).flatMap(readItem)];
}

function readPart(part: unknown): ImageReference[] {
  const text = textOf(part) ?? textOf(fieldsOf(part)["text"]);
  return text === undefined ? readItem(part) : findLinks(text).map(fromUrl);
}

function unique(found: ImageReference[]): ImageReference[] {
  const references = new Set<string | undefined>();
  return found.filter(({ base64, url }) => {
    const reference = base64 ?? url;
    return !references.has(reference) && references.add(reference);
  });
}

const beginning = /https?:\/\/|data:image\//gi;
// Excludes characters that cannot be in a URL, or that end one in Latin or Chinese prose; brackets are counted.
const plainPart = /[^\s<>"'`\\，。；）】》()[\]]*/y;
const imageExtension = /\.(?:png|jpe?g|webp|gif|avif|heic|bmp|tiff?)$/i;

/**
 * Returns the image links in a chat message: `data:` URIs, Markdown images with or without a title, `<img src>`, and
 * links, bare or not, whose path has an image extension. Each URL appears once, in order.
 */
export function findLinks(text: string): string[] {
  const links = new Set<string>();
  let end = 0;
  for (const { index } of text.matchAll(beginning)) {
    if (index < end) continue;
    end = endOf(text, index);
    const link = text.slice(index, end).replace(/[.,;:!?*_]{1,9}$/, "");
    if (isImage(link, text.slice(Math.max(0, index - 300), index))) links.add(link);
  }
  return [...links];
}

/** Returns where a URL ends: at the latest before a bracket that it did not open. */
function endOf(text: string, start: number): number {
  let depth = 0;
  for (let at = start; ; at++) {
    plainPart.lastIndex = at;
    at += plainPart.exec(text)?.[0].length ?? 0;
    if (text[at] === "(") depth++;
    else if (text[at] !== ")" || --depth < 0) return at;
  }
}

function isImage(link: string, before: string): boolean {
  if (/^data:/i.test(link)) return true;
  if (!URL.canParse(link)) return false;
  if (/src=["']?$/i.test(before)) return true;
  const label = before.slice(before.lastIndexOf("![") + 2);
  if (before.includes("![") && /^[^\]]*\]\(\s*<?$/.test(label)) return true;
  return imageExtension.test(new URL(link).pathname);
}
