import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "../node-system.ts";
import type { System } from "../system.ts";
import { moveAside } from "./move-aside.ts";

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-aside-"));
  file = path.join(directory, "lock");
});
afterEach(() => rm(directory, { recursive: true }));

const theirs = JSON.stringify({ pid: 2, token: "theirs" });
const over = (files: Partial<System["files"]>): System => ({
  ...nodeSystem,
  files: { ...nodeSystem.files, ...files },
});
const fail = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

describe(moveAside, () => {
  it.each([
    ["of a token", theirs, "theirs"],
    ["that a crash cut, which has none", "{cut", undefined],
  ])("moves a file %s to a name of its own", async (_, text, token) => {
    await writeFile(file, text);
    const aside = await moveAside(file, token, nodeSystem);
    expect(aside).toMatch(/lock\.[0-9a-f]{16}$/);
    expect(await readdir(directory)).toEqual([path.basename(aside ?? "")]);
    expect(await readFile(aside ?? "", "utf8")).toBe(text);
    expect(await moveAside(file, token, nodeSystem)).toBeUndefined();
  });

  it.each([
    ["has just created", theirs],
    ["is creating", ""],
  ])("puts back one that another process %s", async (_, text) => {
    await writeFile(file, text);
    expect(await moveAside(file, "mine", nodeSystem)).toBeUndefined();
    expect(await readdir(directory)).toEqual(["lock"]);
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("leaves it aside if a third process has taken the name", async () => {
    await writeFile(file, theirs);
    const renaming = async (from: string, to: string) => {
      await rename(from, to);
      await writeFile(from, "third");
    };
    expect(await moveAside(file, "mine", over({ rename: renaming }))).toBeUndefined();
    const names = (await readdir(directory)).sort();
    expect(names).toEqual(["lock", expect.stringMatching(/^lock\.[0-9a-f]{16}$/)]);
    expect(await readFile(file, "utf8")).toBe("third");
    expect(await readFile(path.join(directory, names[1] ?? ""), "utf8")).toBe(theirs);
  });

  it.each(["theirs", "mine", undefined])(
    "has moved nothing that another process then removed (%s)",
    async (token) => {
      await writeFile(file, theirs);
      const renaming = async (from: string, to: string) => {
        await rename(from, to);
        await rm(to);
      };
      expect(await moveAside(file, token, over({ rename: renaming }))).toBeUndefined();
      expect(await readdir(directory)).toEqual([]);
    },
  );

  it("puts back one that cannot be read, and fails where it cannot move it", async () => {
    await writeFile(file, theirs);
    const unreadable = over({ readFile: fail("EIO") as System["files"]["readFile"] });
    // A claim without a token was cut by a crash, which an unreadable one need not be.
    for (const token of ["theirs", undefined]) {
      expect(await moveAside(file, token, unreadable)).toBeUndefined();
      expect(await readdir(directory)).toEqual(["lock"]);
    }
    for (const files of [{ rename: fail("EPERM") }, { link: fail("EPERM") }])
      await expect(moveAside(file, "mine", over(files))).rejects.toThrow("EPERM");
  });
});
