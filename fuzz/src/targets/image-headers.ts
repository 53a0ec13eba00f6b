import { type ByteSource, openByteSource } from "../../../packages/client/src/media/byte-source.ts";
import { formatOf, mediaTypeOf } from "../../../packages/client/src/media/format.ts";
import { inspectImage } from "../../../packages/client/src/media/inspect-image.ts";
import { check, type Target } from "../engine/target.ts";
import { checkPrintable } from "../oracles/secrets.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const latin1 = (text: string) => Buffer.from(text, "latin1");

export const target: Target = {
  name: "image-headers",
  covers: [
    "packages/client/src/media/inspect-image.ts",
    "packages/client/src/media/image-headers.ts",
    "packages/client/src/media/format.ts",
    "packages/client/src/media/svg.ts",
    "packages/client/src/media/jpeg/read-jpeg.ts",
  ],
  seeds: [
    bytes(
      "89504e470d0a1a0a 0000000d 49484452 00000001 00000001 0806000000 1f15c489 0000000d 49444154 789c636460f8cf500f000386018 05a34 7d6b 00000000 49454e44 ae426082"
        .replaceAll(" ", "")
        .slice(0, 134),
    ),
    latin1(
      "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0....\0\0\0\x04eXIf1234....\0\0\0\x08acTL12345678....\0\0\0\x04IDAT1234....\0\0\0\0IEND\xae\x42\x60\x82",
    ),
    latin1(
      "\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xe1\0\x0aExif\0\0MM\xff\xe2\0\x08MPF\0II\xff\xc0\0\x0b\x08\0\x05\0\x04\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0xx\xff\xd9",
    ),
    latin1("RIFF\x1e\0\0\0WEBPVP8 \x0a\0\0\0\x10\0\0\x9d\x01\x2a\x01\0\x01\0\0\0"),
    latin1("RIFF\x16\0\0\0WEBPVP8L\x05\0\0\0\x2f\0\0\0\0\0\0\0"),
    latin1(
      "RIFF\x30\0\0\0WEBPVP8X\x0a\0\0\0\x0a\0\0\0\x03\0\0\x02\0\0ANMF\x04\0\0\x001234EXIF\x04\0\0\x001234",
    ),
    latin1("GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"),
    '<?xml version="1.0"?><!-- a --><!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="x" width="4cm" height="3px" viewBox="0 0 4 3"><a/></svg>',
    '<svg viewBox="0,0,4 3"/>',
    latin1("\0\0\0\x20ftypavif"),
    "%PDF-1.4",
    '{"a":1}',
    "<html>",
  ],
  dictionary: [
    "\x89PNG\r\n\x1a\n",
    "IHDR",
    "IDAT",
    "IEND",
    "acTL",
    "eXIf",
    "RIFF",
    "WEBPVP8 ",
    "WEBPVP8L",
    "WEBPVP8X",
    "ANMF",
    "EXIF",
    "GIF8",
    "<svg ",
    "</svg>",
    "<!--",
    "-->",
    "<?xml",
    "?>",
    "<!doctype",
    "[",
    "]>",
    ' width="1e9in"',
    ' height="',
    ' viewBox="0 0 1 1"',
    "ns:svg",
    latin1("\xff\xd8\xff"),
    latin1("\xff\xd9"),
    latin1("\xff\xda\0\x08"),
    latin1("\xff\xc4\0\x02"),
    latin1("\xff\xc0\0\x0b\x08\0\x01\0\x01\x04"),
    latin1("\xff\xe2\0\x08MPF\0"),
    latin1("\xff\xd0"),
    latin1("\xef\xbb\xbf"),
  ],
  maxBytes: 65_536,
  maxSteps: { fixed: 20_000, perByte: 30 },
  async run(input) {
    let readBytes = 0;
    const source = openByteSource(input);
    const counted: ByteSource = {
      ...source,
      slice(start, end) {
        readBytes += Math.max(0, Math.min(end, source.byteLength) - start);
        return source.slice(start, end);
      },
    };
    const info = await inspectImage(counted);
    check(
      readBytes <= 200_000 + 8 * input.length,
      "reads each byte a few times",
      () => `${readBytes} of ${input.length}`,
    );
    const { widthPx, heightPx, orientation, problem, format } = info;
    check((widthPx === undefined) === (heightPx === undefined), "has both sides or none");
    for (const side of [widthPx, heightPx])
      check(
        side === undefined || (Number.isInteger(side) && side > 0 && side <= 0x7fffffff),
        "sides are positive integers",
        () => String(side),
      );
    check(Number.isInteger(orientation) && orientation >= 1 && orientation <= 8, "an orientation is 1 to 8");
    check(info.mediaType === mediaTypeOf(format), "the media type is that of the format");
    check(format === "svg" || format === formatOf(input), "the format is that of the first bytes");
    if (problem) checkPrintable(problem, "a problem");
    check(
      !(problem && info.notes?.includes("missing_end")),
      "a file without an end is a problem or a note, not both",
    );
  },
};
