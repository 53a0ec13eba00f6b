import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { findStale, writeOutputs } from "./write-outputs.ts";

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "retouch-outputs-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

it("writes every file, new folders included, and leaves nothing else", async () => {
  const folder = await createFolder();
  const outputs = new Map([
    ["a.txt", "a"],
    ["deep/er/b.txt", "b"],
  ]);
  expect(await findStale(folder, outputs)).toEqual(["a.txt", "deep/er/b.txt"]);
  await writeOutputs(folder, outputs);
  expect(await findStale(folder, outputs)).toEqual([]);
  expect(await readdir(folder)).toEqual(["a.txt", "deep"]);
});

it("writes none when one cannot be written", async () => {
  const folder = await createFolder();
  await writeFile(join(folder, "a.txt"), "old");
  await writeFile(join(folder, "file"), "no folder");
  const outputs = new Map([
    ["a.txt", "new"],
    ["file/b.txt", "b"],
  ]);
  await expect(writeOutputs(folder, outputs)).rejects.toThrow();
  expect(await readFile(join(folder, "a.txt"), "utf8")).toBe("old");
  expect((await readdir(folder)).sort()).toEqual(["a.txt", "file"]);
});

it("tells a folder in the place of a file", async () => {
  const folder = await createFolder();
  await mkdir(join(folder, "a.txt"));
  await expect(findStale(folder, new Map([["a.txt", "a"]]))).rejects.toThrow("EISDIR");
});
