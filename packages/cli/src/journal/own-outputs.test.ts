import { hash } from "node:crypto";
import { appendFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "./node-system.ts";
import { openOwnOutputs } from "./own-outputs.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-own-"));
});
afterEach(() => rm(directory, { recursive: true }));

const facts = (text: string) => ({ byteLength: text.length, sha256: hash("sha256", text) });

describe(openOwnOutputs, () => {
  it("finds the bytes of any of its directories, and none of only the same size", async () => {
    const file = path.join(directory, "photo.png");
    const roots = [path.join(directory, "one"), path.join(directory, "two")];
    const outputs = openOwnOutputs(roots, nodeSystem);
    await writeFile(file, "image");
    expect(await outputs.has(file)).toBe(false);
    await openOwnOutputs(roots.slice(1), nodeSystem).add([facts("other"), facts("x".repeat(256 + 5))]);
    expect(await openOwnOutputs(roots, nodeSystem).has(file)).toBe(false);
    await outputs.add([facts("image")]);
    for (const root of roots) expect(await openOwnOutputs([root], nodeSystem).has(file)).toBe(true);
    await writeFile(file, "x".repeat(256 + 5));
    expect(await outputs.has(file)).toBe(true);
    expect(await outputs.has(path.join(directory, "missing.png"))).toBe(false);
  });

  it("reads an index once, and again when it has changed", async () => {
    const file = path.join(directory, "photo.png");
    await writeFile(file, "image");
    const read: string[] = [];
    const readFile = ((name: string) => {
      read.push(path.relative(directory, name));
      return nodeSystem.files.readFile(name);
    }) as typeof nodeSystem.files.readFile;
    const roots = [directory, path.join(directory, "missing")];
    const outputs = openOwnOutputs(roots, { files: { ...nodeSystem.files, readFile } });
    for (const _ of [1, 2]) expect(await outputs.has(file)).toBe(false);
    const shards = [path.join("outputs", "05.txt"), path.join("missing", "outputs", "05.txt")];
    expect(read).toEqual(shards);
    await openOwnOutputs(roots.slice(0, 1), nodeSystem).add([facts("image")]);
    await outputs.add([facts("other")]);
    for (const _ of [1, 2]) expect(await outputs.has(file)).toBe(true);
    expect(read).toEqual([...shards, ...shards]);
  });

  it("uses the files of earlier versions, and one directory of two that is there", async () => {
    const file = path.join(directory, "photo.png");
    const [size5, size261] = [facts("image"), facts("x".repeat(256 + 5))];
    await openOwnOutputs([directory], nodeSystem).add([size5, size261, facts("x".repeat(250))]);
    const shards = path.join(directory, "outputs");
    expect((await readdir(shards)).sort()).toEqual(["05.txt", "fa.txt"]);
    // A version before wrote no line break first.
    await writeFile(
      path.join(shards, "05.txt"),
      [size5, size261].map((each) => `${each.byteLength} ${each.sha256}\n`).join(""),
    );
    for (const text of ["image", "x".repeat(256 + 5)]) {
      await writeFile(file, text);
      expect(await openOwnOutputs([path.join(directory, "missing"), directory], nodeSystem).has(file)).toBe(
        true,
      );
    }
  });

  it("hashes only files of the size of an output, and opens nothing that is not a file", async () => {
    const file = path.join(directory, "photo.png");
    const opened: string[] = [];
    let isFile = true;
    const files: typeof nodeSystem.files = {
      ...nodeSystem.files,
      stat: async (name) => Object.assign(await nodeSystem.files.stat(name), { isFile: () => isFile }),
      open: (name, ...more) => {
        opened.push(name);
        return nodeSystem.files.open(name, ...more);
      },
    };
    const outputs = openOwnOutputs([directory], { files });
    await outputs.add([facts("image")]);
    await writeFile(file, "x".repeat(256 + 5));
    expect(await outputs.has(file)).toBe(false);
    await writeFile(file, "image");
    isFile = false;
    expect(await outputs.has(file)).toBe(false);
    expect(opened).toEqual([]);
    isFile = true;
    expect(await outputs.has(file)).toBe(true);
    expect(opened).toEqual([file]);
  });

  it("ignores what it cannot write, and an image that is gone", async () => {
    const file = path.join(directory, "photo.png");
    await writeFile(file, "image");
    await openOwnOutputs([file], nodeSystem).add([facts("image")]);
    await openOwnOutputs([directory], nodeSystem).add([{ byteLength: 5, sha256: "" }]);
    expect(await readdir(directory)).toEqual(["photo.png"]);
    await openOwnOutputs([file, directory], nodeSystem).add([facts("image")]);
    expect(await openOwnOutputs([directory], nodeSystem).has(file)).toBe(true);
  });

  it("finds what follows a line that a crash cut", async () => {
    const file = path.join(directory, "photo.png");
    await writeFile(file, "image");
    const outputs = openOwnOutputs([directory], nodeSystem);
    await outputs.add([facts("other")]);
    const shard = path.join(directory, "outputs", "05.txt");
    for (const cut of ["5", "5 ", "5 0123", `\n${"9".repeat(70)}`, "\0\0"]) {
      await appendFile(shard, cut);
      await outputs.add([facts("image")]);
      await appendFile(shard, cut);
      expect(await outputs.has(file)).toBe(true);
    }
  });
});
