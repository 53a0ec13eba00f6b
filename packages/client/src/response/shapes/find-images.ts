import { fieldsOf, listOf, textOf } from "../json.ts";
import { type ChosenImages, chooseByShape } from "./choose-by-shape.ts";
import { findLinks } from "./find-links.ts";
import { collectImages, type ImageReference } from "./image-references.ts";
import type { TextDecoding } from "./text-decoder.ts";

/**
 * Returns the images of a parsed response of either shape, in order: `{data: [{b64_json, url, revised_prompt}]}` or
 * a chat completion, whose message is text with links, or parts. What a field holds is decided by its text, not by
 * its name: base64 may be in `url`, and a URL in `b64_json`. An event of a stream is itself such an item.
 *
 * @param anyShape whether to look into wrappers of any name when the response has neither shape
 */
export function findImages(response: unknown, decoding: TextDecoding, anyShape: boolean): ChosenImages {
  const { data, images, choices, error } = fieldsOf(response);
  const listed = [...collectImages(data, decoding), ...collectImages(images, decoding)];
  if (listed.length) return { images: listed };
  const fromChat = unique(listOf(choices).flatMap((choice) => readChoice(choice, decoding)));
  if (fromChat.length) return { images: fromChat };
  // A link beside an error leads to an explanation.
  if (anyShape) return chooseByShape(response, decoding, { withLinks: !error });
  return { images: error ? [] : collectImages(response, decoding) };
}

function readChoice(choice: unknown, decoding: TextDecoding): ImageReference[] {
  const { content, images } = fieldsOf(fieldsOf(choice)["message"]);
  return [...listOf(content).flatMap((part) => readPart(part, decoding)), ...collectImages(images, decoding)];
}

function readPart(part: unknown, decoding: TextDecoding): ImageReference[] {
  const text = textOf(part) ?? textOf(fieldsOf(part)["text"]);
  if (text === undefined) return collectImages(part, decoding);
  if (decoding.isImage(text)) return [{ data: text }];
  return findLinks(text).map((link) => (/^data:/i.test(link) ? { data: link } : { url: link }));
}

function unique(found: readonly ImageReference[]): ImageReference[] {
  const references = new Set<string | undefined>();
  return found.filter(({ data, url }) => {
    const reference = data ?? url;
    return !references.has(reference) && references.add(reference);
  });
}
