import { decodeBase64, decodeBase64Text } from "../../bytes/base64.ts";
import { formatOf, isImageFormat } from "../../media/format.ts";
import type { ImageInfo } from "../../media/image-info.ts";
import { svgRootOf } from "../../media/svg.ts";
import type { ImageStore, StoredImage } from "../image-store.ts";

/** A long base64 string that the scanner extracted, with its headers. */
export interface ExtractedImage {
  readonly source: StoredImage;
  readonly info: ImageInfo;
}

/** Decoder of the texts of one response. */
export interface TextDecoding {
  /** Returns whether a text is an image, whatever field it is in: base64, a `data:` URI, or the text of an SVG. */
  isImage(text: string): boolean;
  /** Returns whether a text stands for long base64 that the scanner extracted, of an image or of anything else. */
  isPlaceholder(text: string): boolean;
  /** Returns the bytes that a text encodes; `undefined` if it is not valid. Long base64 is already in the store. */
  decode(text: string): StoredImage | undefined;
}

/** A shorter text is a word or an id, even if it begins like base64 of an image. */
const minImageChars = 24;

/** Creates the decoder of a response; `extracted` has the long base64 strings by their placeholders. */
export function createTextDecoding(
  extracted: ReadonlyMap<string, ExtractedImage>,
  store: ImageStore,
): TextDecoding {
  // A text that is an image is asked for twice, and decoded once.
  const decoded: { readonly text: string; readonly bytes: Uint8Array<ArrayBuffer> }[] = [];
  // A map that is empty would hash a text of thousands of letters all the same.
  const extractedAs = (text: string) => (extracted.size > 0 ? extracted.get(payloadOf(text)) : undefined);
  return {
    isImage(text) {
      const known = extractedAs(text);
      if (known) return isImageFormat(known.info.format);
      if (text.length < minImageChars) return false;
      // The first characters rule out most texts.
      if (!/^(?:data:|\s*<)/i.test(text) && !/^[\s\w+/\\-]{24}/.test(text)) return false;
      const bytes = bytesOf(text);
      if (bytes === undefined || !isImageFormat(formatOf(bytes))) return false;
      decoded.push({ text, bytes });
      return true;
    },
    isPlaceholder: (text) => extractedAs(text) !== undefined,
    decode(text) {
      const known = extractedAs(text);
      if (known) return known.source;
      const at = decoded.findIndex((one) => one.text === text);
      // The store owns what it is given.
      const bytes = at < 0 ? bytesOf(text) : decoded.splice(at, 1)[0]?.bytes;
      if (!bytes?.length) return undefined;
      const image = store.open();
      image.write(bytes);
      return image;
    },
  };
}

/** Returns whether a text says that it is data, valid or not. */
export function isDataUri(text: string): boolean {
  return /^\s*data:/i.test(text);
}

function payloadOf(text: string): string {
  return (isDataUri(text) ? text.slice(text.indexOf(",") + 1) : text).trim();
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  const plain = decodeBase64Text(text);
  if (plain) return plain;
  if (svgRootOf(text.trimStart()) !== undefined) return new TextEncoder().encode(text);
  const payload = payloadOf(text);
  if (isDataUri(text) && !/;base64\s*,/i.test(text.slice(0, 999))) return percentDecoded(payload);
  const chars = payload.replace(/[ \t\r\n\f]+/g, "").replace(/={1,2}$/, "");
  // A character outside ASCII becomes bytes that are not valid in base64.
  return decodeBase64(new TextEncoder().encode(chars));
}

/** Returns the bytes of a `data:` URI that is not base64, if they are an SVG: other formats are never written so. */
function percentDecoded(payload: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const text = decodeURIComponent(payload);
    return svgRootOf(text.trimStart()) === undefined ? undefined : new TextEncoder().encode(text);
  } catch {
    // A percent sign that encodes nothing: the URI is broken.
    return undefined;
  }
}
