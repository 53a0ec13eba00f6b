import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "../../journal/node-system.ts";
import { findEscape } from "./find-escape.ts";

let scratch: string;
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(path.join(tmpdir(), "retouch-links-")));
});
afterEach(() => rm(scratch, { recursive: true }));

describe("findEscape", () => {
  it("follows links to directories, and accepts those that stay inside", async () => {
    const directory = path.join(scratch, "batch");
    await mkdir(path.join(directory, "here"), { recursive: true });
    await symlink(scratch, path.join(directory, "out"), "junction");
    await symlink(path.join(directory, "here"), path.join(directory, "in"), "junction");
    const ask = (file: string) => findEscape(path.join(directory, file), directory, nodeSystem.files);
    expect(await ask("a.png")).toBeUndefined();
    expect(await ask("new/deep/a.png")).toBeUndefined();
    expect(await ask("in/a.png")).toBeUndefined();
    expect(await ask("out/a.png")).toBe(path.join(scratch, "a.png"));
    expect(await ask("out/new/a.png")).toBe(path.join(scratch, "new", "a.png"));
  });
});
