import { findLinks } from "./find-links.ts";
import { fieldsOf, listOf, textOf } from "./json.ts";

/** What an answer says about one picture: its base64 or `data:` URI, its address, or both. */
export interface FoundPicture {
  readonly base64?: string | undefined;
  readonly url?: string | undefined;
  readonly revisedPrompt?: string | undefined;
}

/**
 * Finds the pictures in a parsed answer of either shape, in its order: `{data: [{b64_json, url, revised_prompt}]}` and
 * the vendor's chat completion, whose message is text with links, or parts. An event of a stream is such an item itself.
 */
export function findPictures(answer: unknown): FoundPicture[] {
  const { data, images, choices, error } = fieldsOf(answer);
  const items = [...listOf(data), ...listOf(images)].flatMap(readItem);
  if (items.length) return items;
  const said = unique(listOf(choices).flatMap(readChoice));
  if (said.length || error) return said;
  return Array.isArray(answer) ? answer.flatMap(readItem) : readItem(answer);
}

/** Reads one picture. A bare text is one when it is an address, or the scanner's word for a picture; any other is prose. */
function readItem(item: unknown): FoundPicture[] {
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

function fromAddress(address: string): FoundPicture {
  return /^data:/i.test(address) ? { base64: address } : { url: address };
}

function readChoice(choice: unknown): FoundPicture[] {
  const { content, images } = fieldsOf(fieldsOf(choice)["message"]);
  return [...listOf(content).flatMap(readPart), ...listOf(images).flatMap(readItem)];
}

function readPart(part: unknown): FoundPicture[] {
  const text = textOf(part) ?? textOf(fieldsOf(part)["text"]);
  return text === undefined ? readItem(part) : findLinks(text).map(fromAddress);
}

function unique(found: FoundPicture[]): FoundPicture[] {
  const addresses = new Set<string | undefined>();
  return found.filter(({ base64, url }) => {
    const address = base64 ?? url;
    return !addresses.has(address) && addresses.add(address);
  });
}
