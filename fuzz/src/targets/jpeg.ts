import { jpegSamples } from "../../../packages/client/src/fixtures/jpeg-samples.ts";
import { hasAllScans } from "../../../packages/client/src/media/jpeg/has-all-scans.ts";
import { check, type Target } from "../engine/target.ts";

const hex = (text: string) => Buffer.from(text, "hex");

export const target: Target = {
  name: "jpeg",
  covers: [
    "packages/client/src/media/jpeg/has-all-scans.ts",
    "packages/client/src/media/jpeg/huffman-reader.ts",
    "packages/client/src/media/jpeg/read-blocks.ts",
  ],
  seeds: [
    ...Object.values(jpegSamples).map((base64) => Buffer.from(base64, "base64").subarray(0, -2)),
    // A progressive scan of AC coefficients with runs of blocks, and its refinement.
    hex(
      "ffd8ffc2000b080040004001011100ffc4001400800000000000000000000000000000e0".slice(0, 72) +
        "ffda0008010100013f01003fffffda0008010100013f10003fff",
    ),
  ],
  dictionary: [
    hex("ffc0000b"),
    hex("ffc2000b"),
    hex("ffc4"),
    hex("ffda0008010100013f00"),
    hex("ffda0008010100013f10"),
    hex("ffdd00040001"),
    hex("ffd0"),
    hex("ffd9"),
    hex("ff00"),
    hex("ffff"),
    hex("013f01"),
    hex("013f10"),
  ],
  maxBytes: 8192,
  // A table has 65,536 entries, and a code of two bytes can stand for 32,767 blocks without coefficients.
  maxSteps: { fixed: 2_000_000, perByte: 4000 },
  run(input) {
    if (!hasAllScans(input)) return;
    const scan = Buffer.from(input).indexOf(hex("ffda"));
    check(scan >= 0, "complete scans are scans");
    check(!hasAllScans(input.slice(0, scan)), "nothing is complete before its first scan");
  },
};
