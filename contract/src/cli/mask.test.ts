import path from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { type CliRun, runCli } from "./support/run-cli.ts";
import { useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const at = (...names: string[]) => path.join(directory.path, ...names);
const run = (...argv: string[]): Promise<CliRun> => runCli(["mask", ...argv], { cwd: directory.path });

/** Opens a mask and returns the alpha of a pixel. */
async function alphaOf(file: string): Promise<(x: number, y: number) => number | undefined> {
  const { format, channels } = await sharp(file).metadata();
  expect({ format, channels }).toEqual({ format: "png", channels: 4 });
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  for (let pixel = 3; pixel < data.length; pixel += 4) expect([0, 255]).toContain(data[pixel]);
  return (x, y) => data[(y * info.width + x) * 4 + 3];
}

describe("retouch mask", () => {
  it("writes a rectangular mask next to the image and at its size", async () => {
    const made = await run("photo.png", "--rect", "16,12,32,24");
    expect(made).toMatchObject({ code: 0, stdout: `${at("photo.mask.png")}\n` });
    expect(made.stderr).toContain("64x48, 25.0 %");
    const alpha = await alphaOf(at("photo.mask.png"));
    expect([alpha(16, 12), alpha(47, 35), alpha(15, 11), alpha(48, 36)]).toEqual([0, 0, 255, 255]);
  });

  it("overwrites nothing, and names only flags that it has", async () => {
    const argv = ["photo.png", "--rect", "16,12,32,24"];
    expect((await run(...argv)).code).toBe(0);
    const refused = await run(...argv);
    expect(refused.code).toBe(10);
    expect(refused.stderr).toContain("`--force`");
    expect(refused.stderr).not.toMatch(/skip-existing|sent/);
    expect((await run(...argv, "--force")).code).toBe(0);
  });

  it("writes an elliptical mask, and inverts it", async () => {
    expect((await run("photo.png", "--ellipse", "16,8,32,32", "-o", "e.png")).code).toBe(0);
    const ellipse = await alphaOf(at("e.png"));
    expect([ellipse(32, 24), ellipse(17, 9), ellipse(0, 0)]).toEqual([0, 255, 255]);
    expect((await run("photo.png", "--ellipse", "16,8,32,32", "--invert", "-o", "i.png")).code).toBe(0);
    const inverted = await alphaOf(at("i.png"));
    expect([inverted(32, 24), inverted(17, 9), inverted(0, 0)]).toEqual([255, 0, 0]);
  });

  it("combines several shapes", async () => {
    expect((await run("photo.png", "--rect", "0,0,8,8", "--rect", "56,40,8,8", "-o", "two.png")).code).toBe(
      0,
    );
    const alpha = await alphaOf(at("two.png"));
    expect([alpha(4, 4), alpha(60, 44), alpha(30, 20)]).toEqual([0, 0, 255]);
  });

  it("edits the white area of a mask, at another image's size", async () => {
    const drawn = Buffer.from(
      '<svg width="32" height="24"><rect width="32" height="24"/><rect width="16" height="24" fill="#fff"/></svg>',
    );
    await sharp(drawn).flatten().png().toFile(at("drawn.png"));
    expect((await run("drawn.png", "--from-bw", "--for", "photo.png", "-o", "bw.png")).code).toBe(0);
    expect(await sharp(at("bw.png")).metadata()).toMatchObject({ width: 64, height: 48 });
    const alpha = await alphaOf(at("bw.png"));
    expect([alpha(10, 20), alpha(50, 20)]).toEqual([0, 255]);
  });

  it("edits the transparent area of an image", async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    await sharp(at("photo.png")).ensureAlpha().extend({ left: 16, background: clear }).toFile(at("wide.png"));
    expect((await run("wide.png", "--from-alpha", "-o", "a.png")).code).toBe(0);
    const alpha = await alphaOf(at("a.png"));
    expect([alpha(4, 4), alpha(40, 4)]).toEqual([0, 255]);
  });

  it("writes the bytes to stdout for `-o -`, and one document with --json", async () => {
    const piped = await run("photo.png", "--rect", "0,0,8,8", "-o", "-");
    expect((await sharp(piped.stdoutBytes).metadata()).format).toBe("png");
    const printed = await run("photo.png", "--rect", "0,0,32,48", "--json");
    expect(JSON.parse(printed.stdout)).toEqual({
      path: at("photo.mask.png"),
      width: 64,
      height: 48,
      editedShare: 0.5,
    });
  });

  it.each([
    [["photo.png"], 2],
    [["photo.png", "--rect", "0,0,8,8", "--from-bw"], 2],
    [["photo.png", "--rect", "900,900,8,8"], 2],
    [["photo.png", "--from-alpha"], 2],
    [["nope.png", "--rect", "0,0,8,8"], 2],
    [[".", "--rect", "0,0,8,8"], 2],
    [["photo.png", "--rect", "0,0,8,8", "-o", "photo.png"], 10],
  ])("rejects %j with %i", async (argv, code) => {
    const refused = await run(...argv);
    expect(refused).toMatchObject({ code, stdout: "" });
    expect(refused.stderr).toMatch(/^error: /);
  });
});
