import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { temporaryName } from "@retouch/client/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "../journal/node-system.ts";
import { removeStaleTemporaries, writeOutput } from "./write-output.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-stale-"));
});
afterEach(() => rm(directory, { recursive: true }));

describe(removeStaleTemporaries, () => {
  it("removes files of processes that ended, and in other pid namespaces only old ones", async () => {
    const ofAnother = (name: string) => name.replace(/-[0-9a-f]{8}-/, "-00000000-");
    // No process has this id.
    const ofDead = (name: string) => name.replace(/-\d+-/, "-4194305-");
    const names = {
      running: temporaryName(),
      dead: ofDead(temporaryName()),
      elsewhere: ofDead(ofAnother(temporaryName())),
      elsewhereOld: ofDead(ofAnother(temporaryName())),
      photo: "photo.png",
    };
    for (const name of Object.values(names)) await writeFile(path.join(directory, name), "x");
    await utimes(path.join(directory, names.elsewhereOld), 0, 0);
    // A clock of this machine that is wrong decides nothing.
    const now = () => Date.now() + 90_000_000;
    await removeStaleTemporaries(directory, { ...nodeSystem, clock: { ...nodeSystem.clock, now } });
    const left = [names.running, names.elsewhere, names.photo];
    expect((await readdir(directory)).sort()).toEqual(left.sort());
  });
});

describe(writeOutput, () => {
  const bytes = Buffer.from("the same image");
  const at = (name: string) => path.join(directory, name);

  it("takes the next number when another edit placed the same bytes under the free one", async () => {
    await writeFile(at("a.png"), bytes);
    const names = ["a.png", "a-2.png"];
    const placeAs = () => ({ path: at(names.shift() ?? ""), isNew: true });
    const written = await writeOutput(at("a.png"), [bytes], { force: false, placeAs }, nodeSystem);
    expect(written).toBe(at("a-2.png"));
    expect((await readdir(directory)).sort()).toEqual(["a-2.png", "a.png"]);
  });

  it("accepts the same bytes under a planned name, where a killed run has left them", async () => {
    await writeFile(at("a.png"), bytes);
    expect(await writeOutput(at("a.png"), [bytes], { force: false }, nodeSystem)).toBe(at("a.png"));
    expect(await readdir(directory)).toEqual(["a.png"]);
  });
});
