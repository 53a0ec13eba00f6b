import * as promises from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FileSystem, linkExclusive, linkFree, moveToDisk } from "./place-file.ts";

const { mkdtemp, readdir, readFile, realpath, rm, writeFile } = promises;

let scratch: string;
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), "retouch-place-")));
});
afterEach(() => rm(scratch, { recursive: true }));

async function fileOf(text: string, name = "temporary"): Promise<string> {
  const file = join(scratch, name);
  await writeFile(file, text);
  return file;
}

function failsWith(code: string): () => Promise<never> {
  return async () => {
    throw Object.assign(new Error(code), { code });
  };
}

/** Node's file system as it is across two disks. */
const acrossDisks: FileSystem = { ...promises, rename: failsWith("EXDEV") };
/** Node's file system as it is on FAT and on many network drives. */
const withoutLinks: FileSystem = { ...promises, link: failsWith("EPERM") };

describe("moveToDisk", () => {
  it("copies a file to another disk, syncs the copy, and removes the original", async () => {
    const synced: string[] = [];
    const disk: FileSystem = {
      ...acrossDisks,
      open: async (path, flags) => {
        const handle = await promises.open(path, flags);
        const { sync } = handle;
        handle.sync = async () => {
          await sync.call(handle);
          synced.push(await readFile(path, "utf8"));
        };
        return handle;
      },
    };
    const target = join(scratch, "moved");
    expect(await moveToDisk(await fileOf("image"), target, disk)).toBe(target);
    expect(await readdir(scratch)).toEqual(["moved"]);
    expect(synced).toEqual(["image"]);
  });

  it("leaves the original and no copy when the other disk is full", async () => {
    const full: FileSystem = {
      ...acrossDisks,
      copyFile: async (from, to) => {
        await promises.copyFile(from, to);
        await failsWith("ENOSPC")();
      },
    };
    const moving = moveToDisk(await fileOf("image"), join(scratch, "moved"), full);
    await expect(moving).rejects.toMatchObject({ code: "ENOSPC" });
    expect(await readdir(scratch)).toEqual(["temporary"]);
  });

  it("copies nothing when a rename fails on one disk", async () => {
    const file = await fileOf("image");
    const disk: FileSystem = { ...promises, rename: failsWith("EACCES") };
    await expect(moveToDisk(file, join(scratch, "moved"), disk)).rejects.toMatchObject({ code: "EACCES" });
    expect(await readdir(scratch)).toEqual(["temporary"]);
  });
});

describe("a file system without hard links", () => {
  it("moves a file to a free name, and replaces none", async () => {
    const taken = await fileOf("first", "a.png");
    expect(await linkExclusive(await fileOf("second"), taken, withoutLinks)).toBe(false);
    expect(await readFile(taken, "utf8")).toBe("first");
    expect(await linkExclusive(join(scratch, "temporary"), join(scratch, "b.png"), withoutLinks)).toBe(true);
    expect((await readdir(scratch)).sort()).toEqual(["a.png", "b.png"]);
    expect(await readFile(join(scratch, "b.png"), "utf8")).toBe("second");
  });

  it("gives files that are placed concurrently a name each", async () => {
    const texts = ["one", "two", "three", "four"];
    const files = await Promise.all(texts.map((text) => fileOf(text, `temporary-${text}`)));
    const options = { separator: "-", reuseIdentical: false };
    const placed = await Promise.all(
      files.map((file) => linkFree(file, join(scratch, "a.png"), options, withoutLinks)),
    );
    expect(new Set(placed).size).toBe(4);
    expect(await Promise.all(placed.map((file) => readFile(file, "utf8")))).toEqual(texts);
    expect((await readdir(scratch)).sort()).toEqual(["a-2.png", "a-3.png", "a-4.png", "a.png"]);
  });

  it("leaves no empty file at the name when the rename fails", async () => {
    const file = await fileOf("image");
    const disk: FileSystem = { ...withoutLinks, rename: failsWith("EIO") };
    await expect(linkExclusive(file, join(scratch, "a.png"), disk)).rejects.toMatchObject({ code: "EIO" });
    expect(await readdir(scratch)).toEqual(["temporary"]);
  });

  it("rejects when the name cannot be claimed", async () => {
    const file = await fileOf("image");
    const disk: FileSystem = { ...withoutLinks, open: failsWith("EROFS") };
    await expect(linkExclusive(file, join(scratch, "a.png"), disk)).rejects.toMatchObject({ code: "EROFS" });
  });
});
