import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createImageFile } from "./image-file.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-picture-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function bytesOnDisk(): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe(createImageFile, () => {
  it("keeps less of each image in memory the more of them arrive", async () => {
    const create = () => createImageFile(directory, Promise.resolve());
    const chunk = () => new Uint8Array(100_000).fill(7);
    const alone = create();
    alone.write(chunk());
    await alone.drain(false);
    // Waits for a write that is under way.
    await alone.drain(false);
    expect(await bytesOnDisk()).toBe(0);

    const many = Array.from({ length: 255 }, create);
    alone.write(chunk());
    await alone.drain(false);
    alone.write(chunk());
    await alone.drain(false);
    expect(await bytesOnDisk()).toBeGreaterThanOrEqual(200_000);

    for (const image of [...many, alone]) await image.discard(false);
    expect(await readdir(directory)).toEqual([]);
    const another = create();
    another.write(chunk());
    await another.drain(false);
    await another.drain(false);
    expect(await bytesOnDisk()).toBe(0);
    await another.discard(false);
  });

  it("says that an image is lost, and throws nothing, when its file was removed", async () => {
    const image = createImageFile(directory, Promise.resolve());
    image.write(new Uint8Array(9));
    await image.drain(true);
    await rm(directory, { recursive: true });
    await image.discard(true);
    expect(image.problem).toContain("ENOENT");
    await mkdir(directory);
  });
});
