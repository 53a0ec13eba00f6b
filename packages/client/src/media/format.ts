/** Names what a file is by its first bytes, whatever its name or type says. */
export type Format = keyof typeof signatures | "unknown";

// Read as Latin-1 from the first `signatureBytes` bytes without what text may begin with; the first match wins.
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
  svg: /^(<[?!][^>]*>\s*)*<svg/i,
  html: /^<(!doctype html|!--|html|head|body|title)/i,
  xml: /^<\?xml/i,
  json: /^[[{]\s*["{[\]}\d]/,
} as const;

/** How many first bytes {@link formatOf} looks at. */
export const signatureBytes = 512;

/** Tells a file's format from its first bytes; `unknown` when they are of none that is known. */
export function formatOf(head: Uint8Array): Format {
  // `apply` takes bytes as they are, a spread one by one: seven times as long, for every picture.
  const latin1 = String.fromCharCode.apply(null, head.subarray(0, signatureBytes) as unknown as number[]);
  const text = latin1.replace(/^(\xef\xbb\xbf)?\s*/, "");
  for (const format in signatures) {
    const known = format as keyof typeof signatures; // an object literal without a prototype of its own
    if (signatures[known].test(text)) return known;
  }
  return "unknown";
}

/** Gives the media type that a part of this format is sent with. */
export function mediaTypeOf(format: Format): string {
  if (format === "unknown") return "application/octet-stream";
  return format === "svg"
    ? "image/svg+xml"
    : `${/pdf|zip|html|xml|json/.test(format) ? "application" : "image"}/${format}`;
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
    .slice(-999)
    .replace(/.*[\\/]|\.[^.]*$/gs, "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\w-]+/g, "-")
    .slice(0, 64)
    .replace(/^-+|-+$/g, "");
  return `${/^(con|prn|aux|nul|(com|lpt)\d|)$/i.test(stem) ? fallback : stem}.${extensionOf(format)}`;
}
