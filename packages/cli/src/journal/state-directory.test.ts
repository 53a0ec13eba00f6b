import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "./node-system.ts";
import { editFiles, newEditFiles, pruneEdits } from "./state-directory.ts";
import type { System } from "./system.ts";

const dayMs = 86_400_000;

let system: System;
beforeEach(async () => {
  system = { ...nodeSystem, stateDirectory: await mkdtemp(path.join(tmpdir(), "retouch-state-")) };
  await mkdir(path.join(system.stateDirectory, "edits"));
});
afterEach(() => rm(system.stateDirectory, { recursive: true }));

const edits = () => readdir(path.join(system.stateDirectory, "edits"));

describe(pruneEdits, () => {
  it("keeps the journal of an edit that has just started, whatever the clocks say", async () => {
    const wrong = (byDays: number): System => {
      return { ...system, clock: { ...system.clock, now: () => Date.now() + byDays * dayMs } };
    };
    // It started on a machine whose clock is behind, and is looked at by one whose clock is ahead.
    const [early, now] = [newEditFiles(wrong(-60)), newEditFiles(system)];
    for (const { journal } of [early, now]) await writeFile(journal, "");
    await pruneEdits(system);
    await pruneEdits(wrong(60));
    expect(await edits()).toHaveLength(2);
    // What is that old by the file system too has ended.
    await utimes(editFiles(early.id, system).journal, new Date(), new Date(Date.now() - 31 * dayMs));
    await pruneEdits(system);
    expect(await edits()).toEqual([path.basename(now.journal)]);
  });
});
