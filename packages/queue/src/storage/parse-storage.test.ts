import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseStorage } from "./parse-storage.ts";

describe(parseStorage, () => {
  it("reads a folder, or a bucket with a prefix", () => {
    const names = ["photos", "./photos/", "s3://photos", "S3://photos/2026//a b/", "s3://photos/"];
    expect(names.map((text) => parseStorage(text).name)).toEqual([
      path.resolve("photos"),
      path.resolve("photos"),
      "s3://photos",
      "s3://photos/2026/a b",
      "s3://photos",
    ]);
  });

  it.each([
    ["", "`--storage` is empty"],
    ["~/photos", "the home folder is not filled in"],
    ["https://photos.example", "and not `https://`"],
    [
      "s3://key:secret@photos/x",
      "The URL of the bucket is not valid. Write `--storage` as `s3://bucket/prefix`.",
    ],
    ["s3://x/y", "`x` cannot be the name of a bucket, which has 3 to 63 letters, digits, dots and hyphens."],
    ["s3:photos", "The URL of the bucket is not valid"],
    ["s3://photos/../x", "the name leads outside"],
  ])("refuses %j", (text, message) => {
    expect(() => parseStorage(text)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }),
    );
  });
});
