import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeSystem } from "../journal/node-system.ts";
import {
  extensionFor,
  inDirectory,
  outputPath,
  outputPattern,
  outputTemplate,
  possiblePaths,
} from "./output-pattern.ts";

const facts = { dir: "/photos", rel: "trip/day1", name: "a.b", model: "acme/x:1", hash: "cafe0123" };
const base = path.resolve("/images");
const write = (template: string, index = 0, count = 1, extension = "png") =>
  outputPath(outputPattern(template, facts, base), { index, count, extension });

describe(inDirectory, () => {
  it.each([
    ["out/a.{ext}", 1, ["/other/a.png"]],
    ["out/{name}-{n}.jpg", 2, ["/other/a.b-1.png", "/other/a.b-2.png"]],
    ["{n}/a.png", 2, ["/other/a-1.png", "/other/a-2.png"]],
    ["{n}.{ext}", 1, ["/other/1.png"]],
  ])("gives %s its names in another directory", (template, count, expected) => {
    const pattern = inDirectory(outputPattern(template, facts, base), "/other/");
    const paths = expected.map((_, index) => outputPath(pattern, { index, count, extension: "png" }));
    expect(paths).toEqual(expected.map((file) => path.resolve(file)));
  });
});

describe(outputTemplate, () => {
  it.each(["/dev/stdout", "/dev/stderr", "/dev/fd/1", "/proc/self/fd/1"])(
    "refuses %s, which would become a file beside it",
    async (name) => {
      await expect(outputTemplate(name, { rel: "" }, nodeSystem.files)).rejects.toThrow(
        `\`-o ${name}\` is an open stream, not a file. Nothing was sent. Write the image to standard output with \`-o -\`.`,
      );
      await expect(outputTemplate(`/tmp${name}.png`, { rel: "" }, nodeSystem.files)).resolves.toBe(
        `/tmp${name}.png`,
      );
    },
  );
});

describe(outputPattern, () => {
  it.each([
    ["{dir}/{name}.edited.{ext}", "/photos/a.b.edited.png"],
    ["out.jpg", "/images/out.png"],
    ["out.JPEG", "/images/out.png"],
    ["out", "/images/out.png"],
    ["out.v2", "/images/out.v2.png"],
    ["x/{rel}/{name}.{ext}", "/images/x/trip/day1/a.b.png"],
    ["{model}-{hash}.{ext}", "/images/acme_x_1-cafe0123.png"],
    ["{name}", "/images/a.b.png"],
    ["./{name}.{ext}", "/images/a.b.png"],
    ["{n}/{name}.{ext}", "/images/1/a.b.png"],
  ])("resolves %s to %s", (template, expected) => {
    expect(write(template)).toBe(path.resolve(expected));
  });

  it("numbers several images before the extension", () => {
    expect(write("{dir}/{name}.edited.{ext}", 1, 3)).toBe(path.resolve("/photos/a.b.edited-2.png"));
    expect(write("{n}.{ext}", 1, 3)).toBe(path.resolve("/images/2.png"));
  });

  it("rejects an unknown placeholder and suggests a known one", () => {
    expect(() => write("{nmae}.png")).toThrow("Did you mean `name`?");
  });

  it("does not expand braces in real directory names", () => {
    const odd = outputPattern("{dir}/{name}.{ext}", { ...facts, dir: "/a{n}b", name: "{ext}" }, base);
    expect(outputPath(odd, { index: 4, count: 1, extension: "png" })).toBe(path.resolve("/a{n}b/{ext}.png"));
  });

  it("is unchanged by a JSON round trip", () => {
    const pattern = outputPattern("x/{name}.jpg", facts, base);
    expect(JSON.parse(JSON.stringify(pattern))).toEqual(pattern);
  });

  it("gives every image its own path, one of the possible paths", () => {
    const template = fc.stringMatching(/^[a-z]{1,8}(\{n\}|\{name\}|-)?[a-z]{0,5}(\.(png|jpg|\{ext\}))?$/);
    fc.assert(
      fc.property(
        template,
        fc.integer({ min: 1, max: 10 }),
        fc.constantFrom("png", "jpg", "webp"),
        (text, count, extension) => {
          const pattern = outputPattern(text, facts, base);
          const paths = Array.from({ length: count }, (_, index) =>
            outputPath(pattern, { index, count, extension }),
          );
          expect(new Set(paths).size).toBe(count);
          const guarded = possiblePaths(pattern, count);
          for (const file of paths) expect(guarded).toContain(file);
          for (const file of paths) expect(path.extname(file)).toBe(`.${extension}`);
        },
      ),
    );
  });
});

describe(extensionFor, () => {
  it.each([
    ["image/jpeg", undefined, "jpg"],
    ["image/jpeg", "jpeg", "jpeg"],
    ["image/jpeg", "JPG", "JPG"],
    ["image/jpeg", "png", "jpg"],
    ["image/png", "png", "png"],
    [undefined, "png", "bin"],
  ])("chooses the extension of %s, requested as %s: %s", (mediaType, asked, expected) => {
    expect(extensionFor(mediaType, asked)).toBe(expected);
  });
});
