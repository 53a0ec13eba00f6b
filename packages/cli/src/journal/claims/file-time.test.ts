import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "../node-system.ts";
import type { System } from "../system.ts";
import { fileTime } from "./file-time.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-time-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** The real files of a file server whose clock is an hour behind. */
const behind: System = {
  ...nodeSystem,
  files: {
    ...nodeSystem.files,
    async open(file, ...rest) {
      const handle = await nodeSystem.files.open(file, ...rest);
      await utimes(String(file), new Date(), new Date(Date.now() - 3_600_000));
      return handle;
    },
  },
};

describe(fileTime, () => {
  it("is that of the files of the directory, whatever the clock of this machine says, and leaves no file", async () => {
    const file = path.join(directory, "file");
    await (await behind.files.open(file, "w")).close();
    const written = (await stat(file)).mtimeMs;
    const now = (await fileTime(directory, behind)) ?? Number.NaN;
    expect(now - written).toBeGreaterThanOrEqual(0);
    expect(now - written).toBeLessThan(1_800_000);
    expect(await readdir(directory)).toEqual(["file"]);
  });

  it("is unknown where nothing can be created", async () => {
    expect(await fileTime(path.join(directory, "gone"), nodeSystem)).toBeUndefined();
    await writeFile(path.join(directory, "file"), "");
    expect(await fileTime(path.join(directory, "file"), nodeSystem)).toBeUndefined();
  });

  it("is unknown, and leaves no file, where its own cannot be looked at", async () => {
    const fail = async () => Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" }));
    const system = { ...nodeSystem, files: { ...nodeSystem.files, stat: fail } };
    expect(await fileTime(directory, system)).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
  });
});
