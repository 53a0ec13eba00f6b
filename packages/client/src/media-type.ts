/** Names what a file is by its first bytes, whatever its name or type says. */
export type Format = keyof typeof signatures | "unknown";

// Read as Latin-1 from the first `signatureBytes` bytes; the first match wins.
const signatures = {
  png: /^\x89PNG\r\n.\n/,
  jpeg: /^\xff\xd8\xff/,
  webp: /^RIFF.{4}WEBP/s,
  gif: /^GIF8/,
  avif: /^.{4}ftyp.{0,60}avi[fs]/s,
  heic: /^.{4}ftyp.{0,60}(hei|hev|mif|msf)/s,
  mp4: /^.{4}ftyp/s,
  tiff: /^(II[*+]\0|MM\0[*+])/,
  bmp: /^BM.{4}\0{4}/s,
  jp2: /^(.{4}jP {2}|\xff\x4f\xff\x51)/s,
  jxl: /^(\xff\n|.{4}JXL )/s,
  ico: /^\0\0[^\0]\0[^\0]\0/,
  psd: /^8BPS/,
  pdf: /^\s*%PDF/,
  zip: /^PK[^ -~]{2}/,
  gzip: /^[^ -~]\x8b/,
  svg: /^(\xef\xbb\xbf)?\s*(<[?!][^>]*>\s*)*<svg/i,
  html: /^(\xef\xbb\xbf)?\s*<(!doctype html|!--|html|head|body|title)/i,
  xml: /^(\xef\xbb\xbf)?\s*<\?xml/i,
  json: /^(\xef\xbb\xbf)?\s*[[{]\s*["{[\]}\d]/,
} as const;

/** How many first bytes {@link formatOf} looks at. */
export const signatureBytes = 512;

/** Tells a file's format from its first bytes; `unknown` when they are of none that is known. */
export function formatOf(head: Uint8Array): Format {
  const text = String.fromCharCode(...head.subarray(0, signatureBytes));
  const formats = Object.keys(signatures) as (keyof typeof signatures)[]; // keys of an object literal
  return formats.find((format) => signatures[format].test(text)) ?? "unknown";
}

/** Gives the media type that a part of this format is sent with. */
export function mediaTypeOf(format: Format): string {
  if (format === "svg") return "image/svg+xml";
  if (/html|xml/.test(format)) return `text/${format}`;
  if (/pdf|json|zip/.test(format)) return `application/${format}`;
  if (format === "mp4") return "video/mp4";
  return format === "unknown" ? "application/octet-stream" : `image/${format}`;
}

/** Gives the extension, without its dot, that files of this format carry. */
export function extensionOf(format: Format): string {
  return format === "jpeg" ? "jpg" : format === "unknown" ? "bin" : format;
}

/**
 * Makes the `filename` of a part: ASCII letters, digits, `_` and `-`, at most 64 of them, and the extension of the
 * bytes. Servers lose files whose names are quoted, hold Unicode or lie about their format.
 *
 * @example
 * partFileName("C:\\Fotos\\Café (1).HEIC", "png"); // "Cafe-1.png"
 */
export function partFileName(name: string | undefined, format: Format, fallback = "image"): string {
  const stem = (name ?? "")
    .slice(-1000)
    .replace(/^.*[\\/]/s, "")
    .replace(/(.)\.[^.]*$/s, "$1")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\w-]+/g, "-")
    .slice(0, 64)
    .replace(/^-+|-+$/g, "");
  const isReserved = !stem || /^(con|prn|aux|nul|(com|lpt)\d)$/i.test(stem);
  return `${isReserved ? fallback : stem}.${extensionOf(format)}`;
}
