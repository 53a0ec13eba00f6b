import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFilePicture } from "./image-file.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "retouch-picture-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function bytesOnDisk(): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe(createFilePicture, () => {
  it("keeps less of each picture in memory, the more of them arrive", async () => {
    const create = () => createFilePicture(folder, Promise.resolve());
    const piece = () => new Uint8Array(100_000).fill(7);
    const alone = create();
    alone.write(piece());
    await alone.drain(false);
    // Waits for a write that is under way.
    await alone.drain(false);
    expect(await bytesOnDisk()).toBe(0);

    const many = Array.from({ length: 255 }, create);
    alone.write(piece());
    await alone.drain(false);
    alone.write(piece());
    await alone.drain(false);
    expect(await bytesOnDisk()).toBeGreaterThanOrEqual(200_000);

    for (const picture of [...many, alone]) await picture.discard(false);
    expect(await readdir(folder)).toEqual([]);
    const another = create();
    another.write(piece());
    await another.drain(false);
    await another.drain(false);
    expect(await bytesOnDisk()).toBe(0);
    await another.discard(false);
  });
});
