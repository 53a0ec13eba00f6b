import { mkdir, mkdtemp, open, readdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  commitFile,
  makeDirectory,
  renameIfFree,
  syncDirectory,
  syncIfPossible,
  temporaryName,
  temporaryWriter,
  writeAll,
} from "./durable-file.ts";

let scratch: string;
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), "retouch-durable-")));
});
afterEach(() => rm(scratch, { recursive: true }));

async function temporaryFile(text: string): Promise<string> {
  const file = join(scratch, temporaryName());
  await writeFile(file, text);
  return file;
}

describe("commitFile", () => {
  it("keeps an existing file and numbers the new one", async () => {
    const target = join(scratch, "a.png");
    for (const text of ["one", "two", "two"])
      await commitFile(await temporaryFile(text), target, { overwrite: false });
    expect((await readdir(scratch)).sort()).toEqual(["a-2.png", "a-3.png", "a.png"]);
    expect(await readFile(target, "utf8")).toBe("one");
  });

  it("reuses an existing file with the same bytes, and removes the temporary one", async () => {
    const target = join(scratch, "a.png");
    await writeFile(target, "other");
    const options = { overwrite: false, separator: "~", reuseIdentical: true };
    const free = join(scratch, "a~2.png");
    expect(await commitFile(await temporaryFile("same!"), target, options)).toBe(free);
    expect(await commitFile(await temporaryFile("same!"), target, options)).toBe(free);
    expect((await readdir(scratch)).sort()).toEqual(["a.png", "a~2.png"]);
  });

  it("replaces an existing file if `overwrite` is set", async () => {
    const target = join(scratch, "a.png");
    await writeFile(target, "old");
    expect(await commitFile(await temporaryFile("new"), target, { overwrite: true })).toBe(target);
    expect(await readdir(scratch)).toEqual(["a.png"]);
    expect(await readFile(target, "utf8")).toBe("new");
  });

  it("creates the directory of the final name", async () => {
    const target = join(scratch, "b", "c", "a.png");
    expect(await commitFile(await temporaryFile("new"), target, { overwrite: false })).toBe(target);
    expect(await readdir(join(scratch, "b", "c"))).toEqual(["a.png"]);
  });

  it("rejects with the system's code and keeps the temporary file", async () => {
    const target = join(scratch, "a.png");
    await mkdir(target);
    const temporary = await temporaryFile("new");
    await expect(commitFile(temporary, target, { overwrite: true })).rejects.toMatchObject({
      code: expect.stringMatching(/^E/),
    });
    expect(await readFile(temporary, "utf8")).toBe("new");
  });
});

it("rejects for a missing source, and leaves no empty file at its name", async () => {
  const missing = join(scratch, temporaryName());
  await expect(renameIfFree(missing, join(scratch, "a"))).rejects.toMatchObject({ code: "ENOENT" });
  expect(await readdir(scratch)).toEqual([]);
});

it("renames a file only to a free name", async () => {
  const [file, target] = [join(scratch, "a"), join(scratch, "b")];
  await writeFile(file, "a");
  expect(await renameIfFree(file, target)).toBe(true);
  await writeFile(file, "second");
  expect(await renameIfFree(file, target)).toBe(false);
  expect(await readFile(target, "utf8")).toBe("a");
  expect(await readFile(file, "utf8")).toBe("second");
});

it("reads the process of a temporary name, and of no other name", () => {
  const name = temporaryName();
  expect(temporaryWriter(name)).toEqual({ pid: process.pid, isHere: true });
  expect(temporaryWriter(name.replace(/-[0-9a-f]{8}-/, "-00000000-"))).toMatchObject({ isHere: false });
  expect(temporaryWriter("edit-1-0123456789ab.png")).toBeUndefined();
});

it("writes parts at a position", async () => {
  const file = await open(join(scratch, "a"), "wx+");
  await writeAll(file, [Buffer.from("ab"), Buffer.from("cd")], 0);
  await writeAll(file, [Buffer.from("X"), Buffer.from("Y")], 1);
  await writeAll(file, [], 0);
  await file.close();
  expect(await readFile(join(scratch, "a"), "utf8")).toBe("aXYd");
});

describe("makeDirectory", () => {
  it("creates a directory with its parents, and accepts an existing one", async () => {
    const directory = join(scratch, "a", "b", "c");
    await makeDirectory(directory);
    await makeDirectory(directory);
    expect((await stat(directory)).isDirectory()).toBe(true);
  });

  it.runIf(process.platform !== "win32")("creates all parents with the given mode", async () => {
    await makeDirectory(join(scratch, "a", "b"), 0o700);
    expect((await stat(join(scratch, "a"))).mode & 0o777).toBe(0o700);
  });

  it("creates the same directory several times concurrently", async () => {
    const directory = join(scratch, "a", "b");
    await expect(Promise.all([1, 2, 3, 4].map(() => makeDirectory(directory)))).resolves.toHaveLength(4);
  });

  it("rejects a path that is a file", async () => {
    const file = join(scratch, "file");
    await writeFile(file, "");
    await expect(makeDirectory(file)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeDirectory(join(file, "a"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  it.runIf(process.platform === "linux")(
    "rejects where no directory can be created, instead of looping",
    async () => {
      await expect(makeDirectory("/proc/no/folder")).rejects.toMatchObject({ code: "ENOENT" });
    },
  );
});

describe("syncDirectory", () => {
  it("shares one sync among the callers during another sync, which none of them joins", async () => {
    const first = syncDirectory(scratch);
    const second = syncDirectory(scratch);
    const third = syncDirectory(scratch);
    expect(second).not.toBe(first);
    expect(third).toBe(second);
    const ends: string[] = [];
    await Promise.all([first.then(() => ends.push("first")), second.then(() => ends.push("second"))]);
    expect(ends).toEqual(["first", "second"]);
    expect(syncDirectory(scratch)).not.toBe(second);
  });

  it("rejects for a missing directory, once for each caller", async () => {
    const missing = join(scratch, "missing");
    const [first, second] = [syncDirectory(missing), syncDirectory(missing)];
    await expect(first).rejects.toMatchObject({ code: "ENOENT" });
    await expect(second).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe(syncIfPossible, () => {
  const fails = (code: string) => async () => {
    throw Object.assign(new Error(code), { code });
  };
  const opened = (sync: () => Promise<void>, closed: string[] = []) =>
    (async () => ({ sync, close: async () => void closed.push("closed") })) as never;

  it.each(["EISDIR", "EPERM", "EACCES"])(
    "ignores %s when a directory is opened, as on Windows",
    async (code) => {
      await syncIfPossible("photos", fails(code));
    },
  );

  it.each(["EPERM", "EINVAL", "ENOTSUP", "EBADF"])(
    "ignores %s of the sync, and closes the directory",
    async (code) => {
      const closed: string[] = [];
      await syncIfPossible("photos", opened(fails(code), closed));
      expect(closed).toEqual(["closed"]);
    },
  );

  it("rejects when the disk fails", async () => {
    await expect(syncIfPossible("photos", opened(fails("EIO")))).rejects.toMatchObject({ code: "EIO" });
  });
});
