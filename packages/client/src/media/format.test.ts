import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { extensionOf, type Format, formatOf, mediaTypeOf, partFileName } from "./format.ts";

const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");

describe(formatOf, () => {
  it.each(["png", "jpeg", "webp", "gif", "avif", "tiff"] as const)("recognizes a real %s", async (format) => {
    const bytes = await sharp({ create: { width: 3, height: 2, channels: 3, background: "red" } })
      .toFormat(format)
      .toBuffer();
    expect(formatOf(bytes)).toBe(format);
  });

  it.each<[Format, string]>([
    ["heic", "\0\0\0\x18ftypheic\0\0\0\0mif1heic"],
    ["heic", "\0\0\0\x18ftypmif1\0\0\0\0mif1heic"],
    ["avif", "\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf"],
    ["gif", "GIF89a\x01\0\x01\0"],
    ["bmp", "BM\x46\0\0\0\0\0\0\0\x36\0\0\0"],
    ["tiff", "II*\0\x08\0\0\0"],
    ["tiff", "MM\0*\0\0\0\x08"],
    ["jxl", "\xff\x0a\0\0"],
    ["unknown", "\0\0\0\x18ftypisom\0\0\0\0isom"],
    ["jxl", "\0\0\0\x0cJXL \r\n\x87\n"],
    ["pdf", "%PDF-1.7\n"],
    ["zip", "PK\x03\x04\x14\0"],
    ["svg", '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ["svg", '\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by hand -->\n<!DOCTYPE svg PUBLIC "x">\n<svg>'],
    ["svg", '<!DOCTYPE svg [ <!ENTITY a "http://x/"> <!ENTITY b ">"> ]>\n<svg>'],
    ["svg", '<svg:svg xmlns:svg="http://www.w3.org/2000/svg">'],
    ["xml", '<?xml version="1.0"?><rss>'],
    ["xml", '<?xml version="1.0"?><svgs>'],
    ["html", "<!-- <svg> --><p>"],
    ["html", "\n<!DOCTYPE html><html>"],
    ["html", "<html><head>"],
    ["json", '{"error":{"message":"no"}}'],
    ["json", "[]"],
    ["unknown", "Hello"],
    ["unknown", ""],
    ["unknown", "BM is how this text begins"],
    ["unknown", "RIFF\0\0\0\0WAVE"],
  ])("returns the format %s for %j", (format, head) => {
    expect(formatOf(latin1(head))).toBe(format);
  });

  it("returns a format for any bytes quickly", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => formatOf(bytes).length > 0));
    expect(formatOf(latin1("<?".repeat(5000)))).toBe("unknown");
    expect(formatOf(latin1("<!>".repeat(5000)))).toBe("unknown");
    expect(formatOf(latin1("<!---->".repeat(5000)))).toBe("html");
  });
});

describe(mediaTypeOf, () => {
  it.each<[Format, string, string]>([
    ["png", "image/png", "png"],
    ["jpeg", "image/jpeg", "jpg"],
    ["webp", "image/webp", "webp"],
    ["gif", "image/gif", "gif"],
    ["svg", "image/svg+xml", "svg"],
    ["pdf", "application/pdf", "pdf"],
    ["html", "application/html", "html"],
    ["unknown", "application/octet-stream", "bin"],
  ])("returns for %s the media type %s and the extension %s", (format, mediaType, extension) => {
    expect(mediaTypeOf(format)).toBe(mediaType);
    expect(extensionOf(format)).toBe(extension);
  });
});

describe(partFileName, () => {
  it.each([
    ["cat.png", "cat.png"],
    ["cat.jpeg", "cat.png"],
    ["cat", "cat.png"],
    ["holiday.2024.HEIC", "holiday-2024.png"],
    ["Café crème (1).jpg", "Cafe-creme-1.png"],
    ["C:\\Fotos\\cat.png", "cat.png"],
    ["../../etc/passwd", "passwd.png"],
    ['a"; filename="b.exe', "a-filename-b.png"],
    ["a\r\nX-Evil: 1.png", "a-X-Evil-1.png"],
    ["猫.png", "image.png"],
    ["👩‍👩‍👧.png", "image.png"],
    [".png", "image.png"],
    ["..", "image.png"],
    ["", "image.png"],
    ["CON", "image.png"],
    ["nul.txt", "image.png"],
    ["lpt1.png", "image.png"],
    ["-rf.png", "rf.png"],
    [`${"a".repeat(500)}.png`, `${"a".repeat(64)}.png`],
    [undefined, "image.png"],
  ])("converts the name %j to %s", (name, expected) => {
    expect(partFileName(name, "png")).toBe(expected);
  });

  it("returns a short safe name for any input, with the extension of the format", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        expect(partFileName(name, "jpeg", "mask")).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}\.jpg$/);
      }),
    );
  });
});
