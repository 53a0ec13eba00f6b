import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { temporaryName } from "@retouch/client/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "../journal/node-system.ts";
import { removeStaleTemporaries } from "./write-output.ts";

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
    await removeStaleTemporaries(directory, nodeSystem);
    const left = [names.running, names.elsewhere, names.photo];
    expect((await readdir(directory)).sort()).toEqual(left.sort());
  });
});
