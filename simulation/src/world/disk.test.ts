import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { crashVolume, sync } from "./crash.ts";
import { createFile, createVolume, type FileNode, Tree, type Volume } from "./disk.ts";

/** Returns a file of one volume, and the volume. */
function createDisk(): { readonly tree: Tree; readonly volume: Volume; readonly file: FileNode } {
  const volume = createVolume(() => 0);
  const tree = new Tree(new Map([["disk", volume]]));
  const file = createFile(volume, 0o644);
  tree.add("/disk/a", file, "open");
  return { tree, volume, file };
}

/** Crashes a disk many times, and returns the different contents that it then has. */
function crashOften(
  prepare: (disk: ReturnType<typeof createDisk>) => void,
  name = "/disk/a",
): Set<string | undefined> {
  const seen = new Set<string | undefined>();
  for (let seed = 1; seed <= 200; seed++) {
    const disk = createDisk();
    prepare(disk);
    crashVolume(disk.volume, new Random(seed));
    const node = disk.tree.find(name);
    seen.add(node?.kind === "file" ? node.data.toString() : undefined);
  }
  return seen;
}

describe(crashVolume, () => {
  it("keeps what was synced, with its name", () => {
    const seen = crashOften(({ volume, file }) => {
      file.data = Buffer.from("old");
      sync(file);
      sync(volume.root);
    });
    expect(seen).toEqual(new Set(["old"]));
  });

  it("loses the name of a file whose directory was not synced", () => {
    const seen = crashOften(({ file }) => {
      file.data = Buffer.from("old");
      sync(file);
    });
    expect(seen).toEqual(new Set([undefined, "old"]));
  });

  it("tears contents that were not synced", () => {
    const seen = crashOften(({ volume, file }) => {
      file.data = Buffer.from("old");
      sync(file);
      sync(volume.root);
      file.data = Buffer.from("old and new");
    });
    expect(seen).toContain("old");
    expect(seen).toContain("old and new");
    expect(seen.size).toBeGreaterThan(4);
    for (const text of seen) expect(text).toMatch(/^old/);
  });

  it("renames completely or not at all", () => {
    const rename = ({ tree, volume }: ReturnType<typeof createDisk>): void => {
      sync(volume.root);
      tree.rename("/disk/a", "/disk/b");
    };
    expect(crashOften(rename)).toEqual(new Set([undefined, ""]));
    expect(crashOften(rename, "/disk/b")).toEqual(new Set([undefined, ""]));
  });
});
