import { mkdtemp, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { makeDirectory } from "./durable-file.ts";

const created: string[] = [];
async function scratch(): Promise<string> {
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), "retouch-cli-directory-")));
  created.push(directory);
  return directory;
}
afterEach(async () => {
  for (const directory of created.splice(0)) await rm(directory, { recursive: true });
});

describe("makeDirectory", () => {
  it("creates a directory with its parents, and accepts an existing one", async () => {
    const directory = path.join(await scratch(), "a", "b", "c");
    await makeDirectory(directory);
    await makeDirectory(directory);
    expect((await stat(directory)).isDirectory()).toBe(true);
  });

  it("creates the same directory concurrently", async () => {
    const directory = path.join(await scratch(), "a", "b");
    await Promise.all([1, 2, 3, 4].map(() => makeDirectory(directory)));
    expect((await stat(directory)).isDirectory()).toBe(true);
  });

  it("rejects a path that is a file", async () => {
    const file = path.join(await scratch(), "file");
    await writeFile(file, "");
    await expect(makeDirectory(file)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeDirectory(path.join(file, "a"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  it.runIf(process.platform === "linux")(
    "rejects where no directory can be created, instead of looping",
    async () => {
      await expect(makeDirectory("/proc/no/folder")).rejects.toMatchObject({ code: "ENOENT" });
    },
  );
});
