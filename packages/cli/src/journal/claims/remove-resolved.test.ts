import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { appendEntry } from "../journal.ts";
import type { JournalEntry } from "../journal-entry.ts";
import { nodeSystem } from "../node-system.ts";
import { openSavedIndex, type SavedEdit } from "../saved-index.ts";
import { claimsDirectory, savedDirectory } from "../state-directory.ts";
import type { System } from "../system.ts";
import { openOwnClaims, resolvedByJournal } from "../unfinished-edits.ts";
import { type Claim, openClaims } from "./claims.ts";
import { removeResolved } from "./remove-resolved.ts";

let directory = "";
/** Claims of processes that were killed: their files are open in this one. */
const killed: Claim[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-resolved-"));
});
afterEach(async () => {
  for (const claim of killed.splice(0)) await claim.close("unresolved");
  await rm(directory, { recursive: true });
});

const request = "0".repeat(32);
const id = "1".repeat(32);
const files = [{ path: "/out/0.png", byteLength: 3, sha256: "00", mtimeMs: 1 }];
const edit: SavedEdit = { request, id, at: "2026-01-01T00:00:00.000Z", files };

const root = (name: string) => path.join(directory, name);
const journal = () => path.join(directory, "journal.jsonl");
const open = (names: readonly string[], system: System) =>
  openClaims(
    names.map((name) => claimsDirectory(root(name))),
    resolvedByJournal(system),
    system,
  );
const listed = async (name: string) =>
  (await openSavedIndex([savedDirectory(root(name))], nodeSystem).find(request)).map((found) => found.id);

/** The system as the next process sees it: the one before was killed. */
const later: System = {
  ...nodeSystem,
  processes: { ...nodeSystem.processes, look: async () => ({ runs: false }) },
};

/** Claims a row beside its manifest and in the state directory, as a process that is killed once the journal has `entry`. */
async function claimAndDie(entry: JournalEntry): Promise<void> {
  const claim = await open(["beside", "state"], nodeSystem).acquire(
    { request, id, journal: journal() },
    { retryUnknown: false },
  );
  await claim.markSent();
  killed.push(claim);
  const owner = await nodeSystem.processes.describe();
  for (const each of [{ type: "planned", id, owner }, { type: "sent", id, attempt: 1 }, entry])
    await appendEntry(journal(), each as JournalEntry, nodeSystem);
}

describe(removeResolved, () => {
  it("lists a saved row where each of its claims was, before another edit removes them", async () => {
    await claimAndDie({ type: "saved", id, files });
    const other = { request, id: "other", journal: "/j/other" };
    const claim = await open(["beside", "state"], later).acquire(other, { retryUnknown: false });
    expect([await listed("beside"), await listed("state")]).toEqual([[id], [id]]);
    await claim.close("not-billed");
    expect(await open(["beside", "state"], later).find(request)).toEqual([]);
  });

  it("lists a saved row once its process was killed and another takes its claim", async () => {
    await claimAndDie({ type: "saved", id, files });
    const claim = await open(["beside"], later).acquire(
      { request, id, journal: "/j/copy" },
      { retryUnknown: false },
    );
    expect([claim.hasEarlier, await listed("beside"), await listed("state")]).toEqual([false, [id], []]);
    await claim.close("not-billed");
  });

  it("lists what `recover` has saved beside the manifest too, which it only knows by the claims", async () => {
    await claimAndDie({ type: "failed", id, outcome: "unknown", code: "x", exitCode: 8, paths: [] });
    for (const claim of killed.splice(0)) await claim.close("unresolved");
    const recovering = { ...later, stateDirectory: root("state"), workingDirectory: root("elsewhere") };
    await openOwnClaims(recovering).resolve(request, id, edit);
    expect([await listed("beside"), await listed("state")]).toEqual([[id], [id]]);
    expect(await open(["beside", "state"], later).find(request)).toEqual([]);
  });

  it("lists nothing of what was rejected or dismissed", async () => {
    await claimAndDie({ type: "dismissed", id });
    const [claim] = await open(["beside"], later).find(request);
    const resolution = claim && (await resolvedByJournal(later)(claim));
    expect(resolution).toEqual({});
    if (claim !== undefined) await removeResolved(claim, {}, later);
    expect(await open(["beside"], later).find(request)).toEqual([]);
    expect(await listed("beside")).toEqual([]);
  });

  it("keeps the claim of a saved row that cannot be listed, and blocks nothing", async () => {
    await claimAndDie({ type: "saved", id, files });
    const appendFile = () => Promise.reject(new Error("ENOSPC"));
    const full = { ...later, files: { ...later.files, appendFile } };
    const other = { request, id: "other", journal: "/j/other" };
    await (await open(["beside"], full).acquire(other, { retryUnknown: false })).close("not-billed");
    expect((await open(["beside"], later).find(request)).map((claim) => claim.id)).toEqual([id]);
  });

  it("lists an edit only once", async () => {
    await claimAndDie({ type: "saved", id, files });
    const index = openSavedIndex([savedDirectory(root("beside"))], nodeSystem);
    await index.add(edit);
    await open(["beside"], later).resolve(request, id, { ...edit, at: "later" });
    expect(await index.find(request)).toEqual([edit]);
  });
});
