import { openByteSource } from "../../../packages/client/src/media/byte-source.ts";
import { exifOrientation, imageCount } from "../../../packages/client/src/media/exif.ts";
import { inspectImage } from "../../../packages/client/src/media/inspect-image.ts";
import { check, type Target } from "../engine/target.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");

/** Returns a JPEG with these bytes as its EXIF segment. */
function jpegWith(exif: Uint8Array): Uint8Array {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(exif.length + 2);
  const frame = latin1("\xff\xc0\0\x0b\x08\0\x05\0\x04\x01\x01\x11\0\xff\xd9");
  return Buffer.concat([latin1("\xff\xd8\xff\xe1"), length, exif, frame]);
}

export const target: Target = {
  name: "exif",
  covers: ["packages/client/src/media/exif.ts"],
  seeds: [
    latin1("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    latin1("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0"),
    latin1("MM\0*\0\0\0\x08\0\x01\xb0\x01\0\x04\0\0\0\x01\0\0\0\x02"),
  ],
  dictionary: [
    "II*\0",
    "MM\0*",
    latin1("\x01\x12"),
    latin1("\x12\x01"),
    latin1("\xb0\x01"),
    latin1("\x01\xb0"),
    "Exif\0\0",
  ],
  maxBytes: 65_500,
  maxSteps: { fixed: 200, perByte: 3 },
  async run(input) {
    const orientation = exifOrientation(input);
    check(Number.isInteger(orientation) && orientation >= 1 && orientation <= 8, "an orientation is 1 to 8");
    const count = imageCount(input);
    check(Number.isInteger(count) && count >= 0, "a number of images is an integer");
    const isPrefixed = Buffer.from(input.subarray(0, 5)).toString("latin1") === "Exif\0";
    if (isPrefixed || input.length > 65_000) return;
    const prefixed = new Uint8Array(Buffer.concat([latin1("Exif\0\0"), input]));
    check(exifOrientation(prefixed) === orientation, "is read the same behind `Exif`");
    const { orientation: ofFile } = await inspectImage(openByteSource(new Uint8Array(jpegWith(prefixed))));
    check(ofFile === orientation, "is read the same in a JPEG", () => `${ofFile}, not ${orientation}`);
  },
};
