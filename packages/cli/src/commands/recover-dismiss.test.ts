import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openJournal } from "../journal/journal.ts";
import type { JournalEntry, PlannedEntry } from "../journal/journal-entry.ts";
import { nodeSystem } from "../journal/node-system.ts";
import type { System } from "../journal/system.ts";
import { findUnfinishedEdits } from "../journal/unfinished-edits.ts";
import { dismissEdits } from "./recover-dismiss.ts";

let directory = "";
let journal = "";
let system: System = nodeSystem;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-dismiss-"));
  journal = path.join(directory, "batches", "one", "journal.jsonl");
  system = { ...nodeSystem, stateDirectory: directory, workingDirectory: directory };
});
afterEach(() => rm(directory, { recursive: true }));

/** The time of the command by the clock of the file system, in seconds. */
const startedSeconds = 1_000_000;

/** Records rows that may be billed, by a clock that is a year ahead, at a time of the file system. */
async function send(ids: readonly string[], writtenSeconds: number): Promise<void> {
  const now = () => Date.now() + 365 * 86_400_000;
  const open = await openJournal(journal, { ...system, clock: { ...system.clock, now } });
  const owner = { host: "another", pid: 1 };
  for (const id of ids)
    for (const entry of [
      { type: "planned", owner, responseFile: "" } as unknown as PlannedEntry,
      { type: "sent", attempt: 1 },
    ])
      await open.write({ ...entry, id } as JournalEntry);
  await open.close();
  await utimes(journal, writtenSeconds, writtenSeconds);
}

const dismiss = async (...ids: string[]) =>
  dismissEdits(ids, await findUnfinishedEdits(system), [], 1000 * startedSeconds, system);
const open = async () => (await findUnfinishedEdits(system)).edits.map(({ record }) => record.id);

describe(dismissEdits, () => {
  it("closes records whose clock was ahead, several of one journal too", async () => {
    await send(["a", "b", "c"], startedSeconds - 60);
    await dismiss("a", "c");
    expect(await open()).toEqual(["b"]);
  });

  it("closes no record that was written since the person asked, whatever its clock says", async () => {
    await send(["a"], startedSeconds + 60);
    await expect(dismiss("a")).rejects.toMatchObject({ exitCode: 2, code: "usage" });
    expect(await open()).toEqual(["a"]);
    expect(await readFile(journal, "utf8")).not.toContain("dismissed");
  });

  it("removes the responses that the person has seen, and none that arrives while it runs", async () => {
    await send(["a"], startedSeconds - 60);
    const [seen, late] = ["1", "2"].map((attempt) =>
      path.join(path.dirname(journal), `a.${attempt.repeat(16)}.answer`),
    ) as [string, string];
    await writeFile(seen, "{}");
    const found = await findUnfinishedEdits(system);
    await writeFile(late, "{}");
    await dismissEdits(["a"], found, [], 1000 * startedSeconds, system);
    const { edits } = await findUnfinishedEdits(system);
    expect(edits.map(({ responses }) => responses.map(({ file }) => file))).toEqual([[late]]);
  });

  it("names an id that no unfinished edit has", async () => {
    await expect(dismiss("a")).rejects.toThrow("`a` is not an unfinished edit.");
  });
});
