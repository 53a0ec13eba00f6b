import { fieldsOf, listOf, textOf } from "./json.ts";

/** What an answer says about one picture: its base64 or `data:` URI, its address, or both. */
interface ImageReference {
  readonly base64?: string | undefined;
  readonly url?: string | undefined;
  readonly revisedPrompt?: string | undefined;
}

/**
 * Finds the pictures in a parsed answer of either shape, in its order: `{data: [{b64_json, url, revised_prompt}]}` and
 * the vendor's chat completion, whose message is text with links, or parts. An event of a stream is such an item itself.
 */
export function findImages(response: unknown): ImageReference[] {
  const { data, images, choices, error } = fieldsOf(response);
  const items = [...listOf(data), ...listOf(images)].flatMap(readItem);
  if (items.length) return items;
  const said = unique(listOf(choices).flatMap(readChoice));
  if (said.length || error) return said;
  return Array.isArray(response) ? response.flatMap(readItem) : readItem(response);
}

/** Reads one picture. A bare text is one when it is an address, or the scanner's word for a picture; any other is prose. */
function readItem(item: unknown): ImageReference[] {
  if (typeof item === "string") return /^(?:~|\/|data:|https?:)/i.test(item) ? [fromAddress(item)] : [];
  const { b64_json, url, image_url, revised_prompt } = fieldsOf(item);
  const address = textOf(url) ?? textOf(image_url) ?? textOf(fieldsOf(image_url)["url"]);
  const found = {
    ...(address !== undefined && fromAddress(address)),
    ...(textOf(b64_json) !== undefined && { base64: textOf(b64_json) }),
    revisedPrompt: textOf(revised_prompt),
  };
  return "base64" in found || "url" in found ? [found] : [];
}

function fromAddress(address: string): ImageReference {
  return /^data:/i.test(address) ? { base64: address } : { url: address };
}

function readChoice(choice: unknown): ImageReference[] {
  const { content, images } = fieldsOf(fieldsOf(choice)["message"]);
  return [...listOf(content).flatMap(readPart), ...listOf(images).flatMap(readItem)];
}

function readPart(part: unknown): ImageReference[] {
  const text = textOf(part) ?? textOf(fieldsOf(part)["text"]);
  return text === undefined ? readItem(part) : findLinks(text).map(fromAddress);
}

function unique(found: ImageReference[]): ImageReference[] {
  const addresses = new Set<string | undefined>();
  return found.filter(({ base64, url }) => {
    const address = base64 ?? url;
    return !addresses.has(address) && addresses.add(address);
  });
}

const beginning = /https?:\/\/|data:image\//gi;
// Without what can not stand in an address, or ends one in prose of either alphabet; brackets are counted.
const plainPart = /[^\s<>"'`\\，。；）】》()[\]]*/y;
const imageExtension = /\.(?:png|jpe?g|webp|gif|avif|heic|bmp|tiff?)$/i;

/**
 * Finds the pictures in a message of a chat: `data:` URIs, Markdown images with or without a title, `<img src>`, and
 * links, bare or not, whose path has a picture's extension. Each address once, in order.
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

/** Finds where an address ends: before a bracket that it did not open, at the latest. */
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
