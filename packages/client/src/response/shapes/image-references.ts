import { fieldsOf, listOf, textOf } from "../json.ts";
import { isDataUri, type TextDecoding } from "./text-decoder.ts";

/** A reference to an image in a response: the text of its bytes, its URL, or both. */
export interface ImageReference {
  /** Base64, a `data:` URI or the text of an SVG; possibly damaged. */
  readonly data?: string | undefined;
  readonly url?: string | undefined;
  readonly revisedPrompt?: string | undefined;
}

/** The fields of an item that hold its image, the preferred first. */
const fieldNames = ["b64_json", "url", "image_url"] as const;

/** Returns the images of an item, or of each item of a list: an object with one of the known fields, or a text. */
export function collectImages(item: unknown, decoding: TextDecoding): ImageReference[] {
  if (item === undefined) return [];
  if (Array.isArray(item)) return item.flatMap((each) => collectImages(each, decoding));
  if (typeof item === "string") return readTexts([{ text: item, field: "other" }], decoding);
  const fields = fieldsOf(item);
  const revisedPrompt = textOf(fields["revised_prompt"]);
  const texts: FieldText[] = [];
  for (const name of fieldNames) {
    for (const value of listOf(fields[name])) {
      const text = textOf(value) ?? textOf(fieldsOf(value)["url"]);
      if (text !== undefined) texts.push({ text, field: name === "b64_json" ? "base64" : "url" });
    }
  }
  return readTexts(texts, decoding).map(({ data, url }) => ({ data, url, revisedPrompt }));
}

/** A text of an item, and what the name of its field says: a short path is a URL only in a field for URLs. */
export interface FieldText {
  readonly text: string;
  readonly field: "base64" | "url" | "other";
}

/**
 * Returns the images of the texts of one item: bytes and a URL of the same image are one. Several URLs, as in a list,
 * are several images.
 */
export function readTexts(texts: readonly FieldText[], decoding: TextDecoding): ImageReference[] {
  const images: string[] = [];
  const others: string[] = [];
  const urls: string[] = [];
  for (const item of texts) {
    const { text, field } = item;
    if (decoding.isImage(text)) images.push(text);
    else if (isLink(item)) urls.push(text.trim());
    else if (field === "base64" || isDataUri(text) || decoding.isPlaceholder(text)) others.push(text);
  }
  // Data that is damaged, or not an image, counts only where nothing else is: it is reported.
  const data = images.length || urls.length > others.length ? images : others;
  const { length } = data.length > urls.length ? data : urls;
  return Array.from({ length }, (_, index) => ({ data: data[index], url: urls[index] }));
}

const imageExtension = /\.(?:png|jpe?g|webp|gif|svg|avif|heic|bmp|tiff?)$/i;

/** Returns whether a URL or path names an image file. */
export function namesImage(link: string): boolean {
  return imageExtension.test(link.trim().replace(/[?#].*$/s, ""));
}

/** Returns whether a text is a URL, or a relative one where only a URL or a file can be meant. */
export function isLink({ text, field }: FieldText): boolean {
  const link = text.trim();
  if (link.length > 8192 || (field === "other" ? /\s/ : /[\r\n\t]/).test(link)) return false;
  // Other schemes are not fetched, but the caller can.
  if (/^[a-z][\w+.-]*:\/\/./i.test(link)) return true;
  if (/^[~<{[]|^data:/i.test(link)) return false;
  // A path in a field for base64 has a character that base64 does not have.
  if (field === "base64" && !/[^\w+/=-]/.test(link)) return false;
  if (/\s/.test(link)) return false;
  return namesImage(link) || /^\.{0,2}\/./.test(link) || (field === "url" && /[/.]/.test(link));
}
