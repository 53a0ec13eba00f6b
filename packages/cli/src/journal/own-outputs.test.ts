import { hash } from "node:crypto";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
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
