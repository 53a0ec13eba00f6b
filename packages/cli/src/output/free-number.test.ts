import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "../journal/node-system.ts";
import { withFreeNumber } from "./free-number.ts";
import { outputPath, outputPattern } from "./output-pattern.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-free-number-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Returns the names of `count` images of `photo.jpg`. */
function names(count: number): string[] {
  const values = { dir: directory, rel: "", name: "photo", model: "m", hash: "h" };
  const pattern = withFreeNumber(
    outputPattern("{dir}/{name}.edited.{ext}", values, directory),
    count,
    nodeSystem.files,
  );
  return Array.from({ length: count }, (_, index) =>
    path.basename(outputPath(pattern, { index, count, extension: "png" })),
  );
}

describe(withFreeNumber, () => {
  it.each([
    [[], 1, ["photo.edited.png"]],
    [[], 2, ["photo.edited-1.png", "photo.edited-2.png"]],
    [["photo.edited.png"], 1, ["photo.edited-2.png"]],
    [["photo.edited.webp"], 1, ["photo.edited-2.png"]],
    [["Photo.Edited.PNG"], 1, ["photo.edited-2.png"]],
    [["photo.edited.png", "photo.edited-2.png"], 1, ["photo.edited-3.png"]],
    [["photo.edited-2.jpg"], 2, ["photo.edited-3.png", "photo.edited-4.png"]],
    [["photo.edited-3.png"], 3, ["photo.edited-4.png", "photo.edited-5.png", "photo.edited-6.png"]],
    [["other.edited.png"], 1, ["photo.edited.png"]],
  ])("beside %j, %i image(s) are %j", async (existing, count, expected) => {
    for (const name of existing) await writeFile(path.join(directory, name), "");
    expect(names(count)).toEqual(expected);
  });

  it.runIf(process.platform !== "win32")("counts a link to nothing", async () => {
    await symlink("nowhere", path.join(directory, "photo.edited.png"));
    expect(names(1)).toEqual(["photo.edited-2.png"]);
  });
});
