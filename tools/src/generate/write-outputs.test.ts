import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { findStale, finishWriting, writeOutputs } from "./write-outputs.ts";

async function createDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "retouch-outputs-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Lists the files of a directory. */
async function files(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

/** Writes files in a process that is killed in place of a rename: the renames of the journal count too. */
async function killAtRename(
  directory: string,
  count: number,
  outputs: [string, string][],
): Promise<string | null> {
  const script = `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    const { rename } = fs.promises;
    let left = ${count};
    fs.promises.rename = (...paths) => {
      left -= 1;
      return left === 0 ? process.kill(process.pid, "SIGKILL") : rename(...paths);
    };
    syncBuiltinESMExports();
    const { writeOutputs } = await import(${JSON.stringify(join(import.meta.dirname, "write-outputs.ts"))});
    await writeOutputs(${JSON.stringify(directory)}, new Map(${JSON.stringify(outputs)}));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  return signal;
}

it("finishes what a killed run has begun, wherever it was killed, and reports it under check", async () => {
  const directory = await createDirectory();
  const outputs: [string, string][] = [
    ["a.txt", "new a"],
    ["deep/b.txt", "new b"],
    ["c.txt", "new c"],
  ];
  const old: [string, string][] = [
    ["a.txt", "old a"],
    ["c.txt", "old c"],
  ];
  const seen: number[] = [];
  // Two renames of the journal, and one of each file.
  for (let count = 1; count <= 2 + outputs.length; count++) {
    await rm(join(directory, "deep"), { recursive: true, force: true });
    for (const [path, text] of old) await writeFile(join(directory, path), text);
    expect(await killAtRename(directory, count, outputs)).toBe("SIGKILL");
    const renamed = outputs.length - (await findStale(directory, new Map(outputs))).length;
    seen.push(renamed);
    if (count === 1) {
      // Before anything is written.
      await finishWriting(directory, { check: true });
    } else {
      await expect(finishWriting(directory, { check: true })).rejects.toThrow(
        /stopped while it wrote 3 files.*pnpm generate/,
      );
      expect(outputs.length - (await findStale(directory, new Map(outputs))).length).toBe(renamed);
    }
    await finishWriting(directory, { check: false });
    const isComplete = count > 2;
    expect(await findStale(directory, new Map(isComplete ? outputs : old))).toEqual([]);
    expect((await files(directory)).filter((file) => !file.startsWith("node_modules"))).toEqual(
      isComplete ? ["a.txt", "c.txt", "deep/b.txt"] : ["a.txt", "c.txt"],
    );
    await finishWriting(directory, { check: true });
  }
  expect(seen).toEqual([0, 0, 0, 1, 2]);
});

it("writes every file, creates directories and leaves no temporary files", async () => {
  const directory = await createDirectory();
  const outputs = new Map([
    ["a.txt", "a"],
    ["deep/er/b.txt", "b"],
  ]);
  expect(await findStale(directory, outputs)).toEqual(["a.txt", "deep/er/b.txt"]);
  await writeOutputs(directory, outputs);
  expect(await findStale(directory, outputs)).toEqual([]);
  expect(await files(directory)).toEqual(["a.txt", "deep/er/b.txt"]);
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
  expect(await files(directory)).toEqual(["a.txt", "file"]);
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
  expect(await files(directory)).toEqual(["a.txt"]);
});

it("reports a directory in place of a file", async () => {
  const directory = await createDirectory();
  await mkdir(join(directory, "a.txt"));
  await expect(findStale(directory, new Map([["a.txt", "a"]]))).rejects.toThrow("EISDIR");
});
