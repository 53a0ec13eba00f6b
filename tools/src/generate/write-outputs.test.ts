import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { findStale, writeOutputs } from "./write-outputs.ts";

async function createDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "retouch-outputs-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

it("writes every file, creates directories and leaves no temporary files", async () => {
  const directory = await createDirectory();
  const outputs = new Map([
    ["a.txt", "a"],
    ["deep/er/b.txt", "b"],
  ]);
  expect(await findStale(directory, outputs)).toEqual(["a.txt", "deep/er/b.txt"]);
  await writeOutputs(directory, outputs);
  expect(await findStale(directory, outputs)).toEqual([]);
  expect(await readdir(directory)).toEqual(["a.txt", "deep"]);
});

it("writes no file when one cannot be written", async () => {
  const directory = await createDirectory();
  await writeFile(join(directory, "a.txt"), "old");
  await writeFile(join(directory, "file"), "not a directory");
  const outputs = new Map([
    ["a.txt", "new"],
    ["file/b.txt", "b"],
  ]);
  await expect(writeOutputs(directory, outputs)).rejects.toThrow();
  expect(await readFile(join(directory, "a.txt"), "utf8")).toBe("old");
  expect((await readdir(directory)).sort()).toEqual(["a.txt", "file"]);
});

it("gives files their old content back when a later one cannot be renamed", async () => {
  const directory = await createDirectory();
  await writeFile(join(directory, "a.txt"), "old");
  await mkdir(join(directory, "c.txt"));
  const outputs = new Map([
    ["a.txt", "new"],
    ["b.txt", "b"],
    ["c.txt", "c"],
  ]);
  await expect(writeOutputs(directory, outputs)).rejects.toThrow();
  expect(await readFile(join(directory, "a.txt"), "utf8")).toBe("old");
  expect((await readdir(directory)).sort()).toEqual(["a.txt", "c.txt"]);
});

it("reports a directory in place of a file", async () => {
  const directory = await createDirectory();
  await mkdir(join(directory, "a.txt"));
  await expect(findStale(directory, new Map([["a.txt", "a"]]))).rejects.toThrow("EISDIR");
});
