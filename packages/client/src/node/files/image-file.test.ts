import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClientFiles } from "../surroundings.ts";
import { nodeFiles } from "./durable-file.ts";
import { createImageFile, type ImageFile } from "./image-file.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-image-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function bytesOnDisk(): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe(createImageFile, () => {
  it("buffers less of each image in memory the more of them arrive", async () => {
    const create = () => createImageFile(directory, Promise.resolve());
    const chunk = () => new Uint8Array(100_000).fill(7);
    const first = create();
    first.write(chunk());
    await first.flush({ isComplete: false });
    // Waits for the write in progress.
    await first.flush({ isComplete: false });
    expect(await bytesOnDisk()).toBe(0);

    const many = Array.from({ length: 255 }, create);
    first.write(chunk());
    await first.flush({ isComplete: false });
    first.write(chunk());
    await first.flush({ isComplete: false });
    expect(await bytesOnDisk()).toBeGreaterThanOrEqual(200_000);

    for (const image of [...many, first]) await image.remove({ retain: false });
    expect(await readdir(directory)).toEqual([]);
    const another = create();
    another.write(chunk());
    await another.flush({ isComplete: false });
    await another.flush({ isComplete: false });
    expect(await bytesOnDisk()).toBe(0);
    await another.remove({ retain: false });
  });

  it("uses the memory of written bytes for other images, and of others never", async () => {
    const fill = (image: ImageFile, value: number) => {
      for (let window = 0; window < 8; window++) {
        const place = image.reserve?.(49_152).fill(value);
        if (place) image.write(place);
      }
    };
    const [first, second] = [1, 2].map(() => createImageFile(directory, Promise.resolve()));
    for (let round = 0; round < 3; round++)
      for (const [value, image] of [first, second].entries()) {
        if (!image) continue;
        fill(image, value + 1);
        await image.flush({ isComplete: false });
      }
    for (const [value, image] of [first, second].entries()) {
      await image?.flush({ isComplete: true });
      const bytes = await image?.slice(0, image.byteLength);
      expect(bytes?.length).toBe(3 * 393_216);
      expect(bytes?.every((byte) => byte === value + 1)).toBe(true);
      await image?.remove({ retain: false });
    }
  });

  it("keeps what a full disk did not take, in memory that no other image gets", async () => {
    const open: ClientFiles["open"] = async (...args) => {
      const file = await nodeFiles.open(...args);
      const writev = async () => {
        throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      };
      return Object.assign(file, { writev });
    };
    const write = async (value: number) => {
      const image = createImageFile(directory, Promise.resolve(), { ...nodeFiles, open });
      const place = image.reserve?.(49_152).fill(value);
      if (place) image.write(place);
      await image.flush({ isComplete: true });
      return image;
    };
    const images = [await write(1), await write(2)];
    for (const [index, image] of images.entries()) {
      expect(image.problem).toContain("ENOSPC");
      expect((await image.slice(0, 49_152)).every((byte) => byte === index + 1)).toBe(true);
    }
  });

  it("says that an image is lost, and throws nothing, when its file was removed", async () => {
    const image = createImageFile(directory, Promise.resolve());
    image.write(new Uint8Array(9));
    await image.flush({ isComplete: true });
    await rm(directory, { recursive: true });
    await image.remove({ retain: true });
    expect(image.problem).toContain("ENOENT");
    await mkdir(directory);
  });

  it("reports a sync that failed while the next image arrived, and does not repeat it", async () => {
    let syncs = 0;
    const open: ClientFiles["open"] = async (...args) => {
      const file = await nodeFiles.open(...args);
      const sync = async () => {
        // The system reports lost bytes once; another sync would succeed without them.
        if (syncs++ === 0) throw Object.assign(new Error("EIO"), { code: "EIO" });
      };
      return Object.assign(file, { sync });
    };
    const image = createImageFile(directory, Promise.resolve(), { ...nodeFiles, open });
    image.write(new Uint8Array(9));
    await image.flush({ isComplete: true });
    await image.flush({ isComplete: true });
    await image.commit("a.png", () => Promise.reject(new Error("moved")));
    expect(image.problem).toContain("EIO");
    expect(syncs).toBe(1);
    expect(await image.slice(0, 9)).toHaveLength(9);
  });
});
