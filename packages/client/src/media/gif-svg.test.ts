import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import { openByteSource } from "./byte-source.ts";
import { inspectImage } from "./inspect-image.ts";
import { svgRootOf } from "./svg.ts";

const inspect = (bytes: Uint8Array) => inspectImage(openByteSource(bytes));
const inspectSvg = (text: string) => inspect(Buffer.from(text));
const xmlns = 'xmlns="http://www.w3.org/2000/svg"';

describe("a GIF", () => {
  const gif = () =>
    sharp({ create: { width: 30, height: 20, channels: 3, background: "red" } })
      .gif()
      .toBuffer();

  it("has the size of its logical screen", async () => {
    const info = await inspect(await gif());
    expect(info).toMatchObject({ format: "gif", mediaType: "image/gif", widthPx: 30, heightPx: 20 });
    expect(info.problem).toBeUndefined();
  });

  it("may be filled up with zeros", async () => {
    expect((await inspect(Buffer.concat([await gif(), Buffer.alloc(9)]))).problem).toBeUndefined();
  });

  it("ends early without its trailer", async () => {
    expect((await inspect((await gif()).subarray(0, -1))).problem).toMatch(/ends early/);
    expect((await inspect((await gif()).subarray(0, 9))).problem).toMatch(/ends early/);
  });
});

describe("an SVG", () => {
  it.each<[string, string, number | undefined, number | undefined]>([
    ["pixels", 'width="40" height="30px"', 40, 30],
    ["single quotes and fractions", "width='40.4' height='29.6'", 40, 30],
    ["other units", 'width="1in" height="72pt"', 96, 96],
    ["its viewBox", 'viewBox="0 0 640 480"', 640, 480],
    ["a viewBox with commas beside percentages", 'width="100%" height="100%" viewBox="0,0,64,48"', 64, 48],
    ["one side and a viewBox", 'width="200" viewBox="0 0 64 32"', 200, 100],
    ["a tiny viewBox", 'viewBox="0 0 0.1 0.1"', 1, 1],
    ["nothing", "", undefined, undefined],
    ["a size of a child only", "></svg><svg width='9' height='9'", undefined, undefined],
    ["stroke-width instead of width", 'stroke-width="3" line-height="4"', undefined, undefined],
    ["an absurd size", 'width="1e999" height="1e999"', undefined, undefined],
  ])("has the size that %s says", async (_, attributes, widthPx, heightPx) => {
    const info = await inspectSvg(`<svg ${xmlns} ${attributes}></svg>\n`);
    expect(info).toMatchObject({ format: "svg", mediaType: "image/svg+xml" });
    expect([info.widthPx, info.heightPx, info.problem]).toEqual([widthPx, heightPx, undefined]);
  });

  it("may begin with a long comment", async () => {
    const text = `<?xml version="1.0"?><!--${" made by hand".repeat(99)}--><svg ${xmlns} width="4" height="3"/>`;
    expect(await inspectSvg(text)).toMatchObject({ format: "svg", widthPx: 4, heightPx: 3 });
  });

  it("ends early without its closing tag", async () => {
    expect((await inspectSvg(`<svg ${xmlns} width="4" height="3"><path d="M0 0`)).problem).toMatch(
      /ends early/,
    );
  });
});

describe(svgRootOf, () => {
  it("reads a root of any length", () => {
    const root = `<svg a="${"> ".repeat(1e6)}" ${"b='' c ".repeat(1_200_000)}>`;
    expect(svgRootOf(`${root}<g>`)?.length).toBe(root.length);
    expect(svgRootOf('<svg a="b> c')).toBe("<svg a=");
  });

  it("searches the rest of a text once, not for each of its doctypes", () => {
    const search = vi.spyOn(String.prototype, "indexOf");
    let searched = 0;
    const texts = ["<!doctype>", "<!doctype[>", "<!doctype ["].map((unit) => unit.repeat(2000));
    for (const text of texts) {
      search.mockClear();
      svgRootOf(text);
      // From where each search starts to the end of its text, unless it found something.
      for (const [at, { value }] of search.mock.results.entries())
        if (value < 0)
          searched += String(search.mock.contexts[at]).length - Number(search.mock.calls[at]?.[1] ?? 0);
    }
    search.mockRestore();
    expect(searched).toBeLessThan(4 * texts.join("").length);
  });

  it("takes no length of more than 64 characters, whose pattern would take their square", async () => {
    const sizes = ["0".repeat(64), `4${" ".repeat(64)}`].map(async (width) => {
      const { widthPx } = await inspectSvg(`<svg ${xmlns} width="${width}4" height="3"/>`);
      return widthPx;
    });
    expect(await Promise.all(sizes)).toEqual([undefined, undefined]);
    expect(await inspectSvg(`<svg ${xmlns} width="${"0".repeat(60)}4" height="3"/>`)).toMatchObject({
      widthPx: 4,
    });
  });
});
