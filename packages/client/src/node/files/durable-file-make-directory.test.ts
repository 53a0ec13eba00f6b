import { mkdtemp, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDirectory } from "./durable-file.ts";

let scratch: string;
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), "retouch-folder-")));
});
afterEach(() => rm(scratch, { recursive: true }));

describe("makeDirectory", () => {
  it("makes a folder with those above it, and leaves one that exists alone", async () => {
    const directory = join(scratch, "a", "b", "c");
    await makeDirectory(directory);
    await makeDirectory(directory);
    expect((await stat(directory)).isDirectory()).toBe(true);
  });

  it("makes the same folder several times at once", async () => {
    const directory = join(scratch, "a", "b");
    await expect(Promise.all([1, 2, 3, 4].map(() => makeDirectory(directory)))).resolves.toHaveLength(4);
  });

  it("refuses a file in the way", async () => {
    const file = join(scratch, "file");
    await writeFile(file, "");
    await expect(makeDirectory(file)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeDirectory(join(file, "a"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  it.runIf(process.platform === "linux")("ends where no folder can be made", async () => {
    await expect(makeDirectory("/proc/no/folder")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
