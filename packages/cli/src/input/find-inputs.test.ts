import { execFileSync } from "node:child_process";
import { constants } from "node:fs";
import { mkdtemp, open, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readManifest } from "../batch/manifest/read-manifest.ts";
import { nodeSystem } from "../journal/node-system.ts";
import { openOwnOutputs } from "../journal/own-outputs.ts";
import { findInputs } from "./find-inputs.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-find-"));
});
afterEach(() => rm(directory, { recursive: true }));

const at = (name: string) => path.join(directory, name);
const find = (operand: string) =>
  findInputs([operand], {
    recursive: true,
    noInput: true,
    outputsIn: () => openOwnOutputs([directory], nodeSystem),
  });

describe.skipIf(process.platform === "win32")("a pipe without a writer, which nothing may open", () => {
  beforeEach(async () => {
    makePipe("pipe.png");
    await writeFile(at("photo.png"), "x");
    await symlink("pipe.png", at("link.png"));
    // The size of a pipe is 0, as is that of an empty output.
    await openOwnOutputs([directory], nodeSystem).add([{ byteLength: 0, sha256: "0".repeat(64) }]);
  });

  afterEach(async () => {
    // Ends what waits for a writer: Node waits for that, even at its end.
    for (const name of pipes.splice(0))
      await (await open(name, constants.O_RDWR | constants.O_NONBLOCK)).close();
  });
  const pipes: string[] = [];
  const makePipe = (name: string) => {
    execFileSync("/usr/bin/mkfifo", [at(name)]);
    pipes.push(at(name));
  };

  it.each(["", "/*.png"])("is left out of what a folder has: %j", async (pattern) => {
    const { inputs, skipped } = await find(`${directory}${pattern}`);
    expect(inputs.map(({ name }) => name)).toEqual(["photo"]);
    expect(skipped.filter((file) => file.endsWith(".png")).sort()).toEqual([at("link.png"), at("pipe.png")]);
  });

  it("is not taken for an output", async () => {
    expect(await openOwnOutputs([directory], nodeSystem).has(at("pipe.png"))).toBe(false);
  });

  it("is refused as a manifest", async () => {
    for (const name of ["pipe.png", "pipe.csv"]) {
      if (name.endsWith("csv")) makePipe(name);
      const reading = readManifest(at(name), () => undefined, nodeSystem.files);
      await expect(reading).rejects.toThrow("is not a file. Save the manifest to one, and name that.");
    }
  });
});

describe("a name that cannot be opened", () => {
  it("is reported with what to do", async () => {
    await writeFile(at("photo.png"), "x");
    await expect(find(at("phot.png"))).rejects.toThrow("phot.png does not exist. Did you mean `photo.png`?");
    await expect(find("")).rejects.toThrow("The name of an image is empty. Give a path.");
  });

  it.skipIf(process.platform === "win32")("is not suggested again", async () => {
    await symlink("nowhere.png", at("link.png"));
    await expect(find(at("link.png"))).rejects.toThrow("link.png is a link to a file that does not exist.");
  });

  it.runIf(process.platform === "linux")("says when it is not UTF-8", async () => {
    const bytes = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0xfe])]);
    await writeFile(bytes, "x");
    await expect(find(bytes.toString("utf8"))).rejects.toThrow(
      "has a name that is not UTF-8. Rename the file.",
    );
  });
});
