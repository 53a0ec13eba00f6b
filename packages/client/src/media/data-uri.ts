import { decodeBase64 } from "../bytes/base64.ts";
import { formatOf } from "./format.ts";

/** An image inside a URI (RFC 2397), as `canvas.toDataURL()` and `FileReader` make it. */
export type DataUri = `data:${string}`;

/** Returns whether an input is a `data:` URI, as text or as a `URL`. */
export function isDataUri(input: unknown): boolean {
  if (typeof input === "string") return /^\s*data:/i.test(input.slice(0, 256));
  return Object.prototype.toString.call(input) === "[object URL]" && (input as URL).protocol === "data:";
}

/** Decodes a `data:` URI, base64 or percent-encoded. Returns `undefined` if it has no comma, or no valid base64. */
export function decodeDataUri(uri: string): Uint8Array<ArrayBuffer> | undefined {
  const comma = uri.indexOf(",");
  if (comma < 0) return undefined;
  const hash = uri.indexOf("#", comma);
  const body = percentDecode(new TextEncoder().encode(uri.slice(comma + 1, hash < 0 ? undefined : hash)));
  if (!/;\s*base64\s*$/i.test(uri.slice(0, comma))) return body;
  return decodeBase64(withoutSpaceAndPadding(body));
}

/** Returns whether text is an image's base64 without the `data:` URI around it. It may look like a path: `/9j/4AAQ...`. */
export function isBase64Image(text: string): boolean {
  const start = text.slice(0, 1024).replace(/\s/g, "").slice(0, 64);
  const [chars = ""] = /^[\w+/-]{16,}(?=={0,2}$)/.exec(start) ?? [];
  const bytes = decodeBase64(new TextEncoder().encode(chars.slice(0, chars.length - (chars.length % 4))));
  return bytes !== undefined && imageFormat.test(formatOf(bytes));
}

const imageFormat = /^(png|jpeg|webp|gif|avif|heic|tiff|bmp|jxl)$/;

function percentDecode(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (!bytes.includes(37)) return bytes;
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1, length += 1) {
    const hex = bytes[at] === 37 ? String.fromCharCode(...bytes.subarray(at + 1, at + 3)) : "";
    const isEncoded = /^[\da-f]{2}$/i.test(hex);
    bytes[length] = isEncoded ? Number.parseInt(hex, 16) : (bytes[at] ?? 0);
    if (isEncoded) at += 2;
  }
  return bytes.subarray(0, length);
}

function withoutSpaceAndPadding(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte > 32) bytes[length++] = byte;
  }
  for (let padding = 0; padding < 2 && bytes[length - 1] === 61; padding += 1) length -= 1;
  return bytes.subarray(0, length);
}
