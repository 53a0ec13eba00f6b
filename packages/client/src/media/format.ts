import { maxPrologBytes, svgRootOf } from "./svg.ts";

/** A file format, determined by the first bytes only, not by the file's name or type. */
export type Format = keyof typeof signatures | "unknown";

// Matched against the first `signatureBytes` bytes as Latin-1, without byte order mark and whitespace; first match wins.
const signatures = {
  png: /^\x89PNG\r\n.\n/,
  jpeg: /^\xff\xd8\xff/,
  webp: /^RIFF.{4}WEBP/s,
  gif: /^GIF8/,
  avif: /^.{4}ftyp.{0,60}avi[fs]/s,
  heic: /^.{4}ftyp.{0,60}(hei|hev|mif|msf)/s,
  tiff: /^(II[*+]\0|MM\0[*+])/,
  bmp: /^BM.{4}\0{4}/s,
  jxl: /^(\xff\n|.{4}JXL )/s,
  pdf: /^%PDF/,
  zip: /^PK[^ -~]{2}/,
  svg: { test: (text: string) => svgRootOf(text) !== undefined },
  html: /^<(!doctype html|!--|html|head|body|title)/i,
  xml: /^<\?xml/i,
  json: /^[[{]\s*["{[\]}\d]/,
} as const;

/** The number of first bytes that {@link formatOf} inspects. */
export const signatureBytes = 512;

/** Returns a file's format from its first bytes; `unknown` if they match no known signature. */
export function formatOf(head: Uint8Array): Format {
  // Most files are one of these, and need no text: strings of 512 bytes took 3 % of a small edit.
  if (head[0] === 0x89 && signatures.png.test(beginningOf(head, 8))) return "png";
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "jpeg";
  const text = beginningOf(head, signatureBytes);
  for (const format in signatures) {
    const known = format as keyof typeof signatures; // an object literal without a prototype of its own
    if (signatures[known].test(text)) return known;
  }
  return "unknown";
}

/** Returns whether the root of an SVG may still follow, after a long comment or doctype. */
export function canBeSvg(format: Format): boolean {
  return /html|xml|unknown/.test(format);
}

/** Returns the format of a file, also of an SVG whose root comes late. */
export function fileFormatOf(bytes: Uint8Array): Format {
  const format = formatOf(bytes);
  return canBeSvg(format) && svgRootOf(beginningOf(bytes, maxPrologBytes)) !== undefined ? "svg" : format;
}

/** Returns whether the beginning of a body says what it is: JSON by its first character, an image by its signature. */
export function isTelling(head: Uint8Array): boolean {
  // JSON, which most bodies are: no need for a string of the first chunk.
  if (head[0] === 123 || head[0] === 91) return true;
  const text = beginningOf(head, maxPrologBytes);
  if (/^<(?:!doctype html|html|head|body|title)\b/i.test(text)) return true;
  if (text.startsWith("<")) return svgRootOf(text) !== undefined || head.length >= maxPrologBytes;
  return /^["{[]/.test(text) || head.length >= signatureBytes;
}

/** Returns the first bytes as Latin-1, without byte order mark and whitespace. */
export function beginningOf(head: Uint8Array, maxBytes: number): string {
  // Not a spread, which iterates over the bytes and takes seven times as long for every image.
  const latin1 = String.fromCharCode.apply(null, head.subarray(0, maxBytes) as unknown as number[]);
  return latin1.replace(/^(\xef\xbb\xbf)?\s*/, "");
}

/** Returns whether a file of this format is an image: not a page, a document, or unknown bytes. */
export function isImageFormat(format: Format): boolean {
  return mediaTypeOf(format).startsWith("image/");
}

/** Returns whether bytes are UTF-8 text: no image format is, except SVG. The last character may be cut. */
export function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters mark binary data
    return text !== "" && !/[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/.test(text);
  } catch {
    return false;
  }
}

/** Returns the media type of a part of this format. */
export function mediaTypeOf(format: Format): string {
  if (format === "unknown") return "application/octet-stream";
  return format === "svg"
    ? "image/svg+xml"
    : `${/pdf|zip|html|xml|json/.test(format) ? "application" : "image"}/${format}`;
}

/** Returns the file extension of this format, without a dot. */
export function extensionOf(format: Format): string {
  return format === "jpeg" ? "jpg" : format === "unknown" ? "bin" : format;
}

/**
 * Returns the `filename` of a part: at most 64 ASCII letters, digits, `_` and `-`, with the extension of the actual
 * format. Servers drop files whose names are quoted, contain Unicode or have the wrong extension.
 *
 * @example
 * partFileName("C:\\Fotos\\Café (1).HEIC", "png"); // "Cafe-1.png"
 */
export function partFileName(name: string | undefined, format: Format, fallback = "image"): string {
  if (!name) return `${fallback}.${extensionOf(format)}`;
  const stem = name
    .slice(-999)
    .replace(/.*[\\/]|\.[^.]*$/gs, "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\w-]+/g, "-")
    .slice(0, 64)
    .replace(/^-+|-+$/g, "");
  return `${/^(con|prn|aux|nul|(com|lpt)\d|)$/i.test(stem) ? fallback : stem}.${extensionOf(format)}`;
}
