import { appendFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findClaimed } from "../../batch/plan/find-claimed.ts";
import { foldJournal } from "../fold-journal.ts";
import { openJournal } from "../journal.ts";
import type { PlannedEntry } from "../journal-entry.ts";
import { nodeSystem } from "../node-system.ts";
import { openSavedIndex } from "../saved-index.ts";
import type { System } from "../system.ts";
import { resolvedByJournal } from "../unfinished-edits.ts";
import { type Claim, openClaims } from "./claims.ts";

let directory = "";
/** Claims of processes that were killed: their files are open in this one. */
const killed: Claim[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-claims-"));
});
afterEach(async () => {
  for (const claim of killed.splice(0)) await claim.close("unresolved");
  await rm(directory, { recursive: true });
});

/** The system as the next process sees it: the one before was killed. */
const later: System = {
  ...nodeSystem,
  processes: { ...nodeSystem.processes, look: async () => ({ runs: false }) },
};
const request = "0".repeat(32);
const id = "1".repeat(32);
const run = { dryRun: false };

describe("a row whose process was killed with its claim", () => {
  const at = (...names: string[]) => path.join(directory, ...names);
  const places = () => [at("beside"), at("state")];
  const open = (system: System) => openClaims(places(), resolvedByJournal(system), system);

  /** Claims the row as a process that is killed before it records it. */
  async function claimAndDie({ isSent, retryUnknown = false }: { isSent: boolean; retryUnknown?: boolean }) {
    const journal = await openJournal(at("journal.jsonl"), nodeSystem);
    await journal.write({ type: "dismissed", id: "another" });
    await journal.close();
    const options = { retryUnknown };
    const claim = await open(nodeSystem).acquire({ request, id, journal: journal.file }, options);
    killed.push(claim);
    if (isSent) await claim.markSent();
    return { journal: journal.file };
  }

  it("is sent by the next run, because it has no record, and its claim says that nothing was sent", async () => {
    const { journal } = await claimAndDie({ isSent: false });
    // So long that its end alone does not show every row.
    await appendFile(journal, `${"x".repeat(17 * 1024 * 1024)}\n`);
    const history = await foldJournal(journal, undefined, later);
    expect(await findClaimed(open(later), history, run, later)).toEqual({
      inFlight: new Set(),
      unresolved: new Set(),
    });
    for (const place of places()) expect(await readdir(path.join(place, "0"))).toEqual([]);
  });

  it("stays unknown on another machine, whose journal has the same path and an attempt of its own", async () => {
    const journal = await openJournal(at("journal.jsonl"), nodeSystem);
    const here = { host: "here", pid: 7 };
    const planned = { type: "planned", id, request, owner: here, count: 1 } as unknown as PlannedEntry;
    await journal.write(planned);
    await journal.write({ type: "failed", id, outcome: "not-sent", code: "c", exitCode: 7, paths: [] });
    await journal.close();
    const there = { ...nodeSystem.processes, describe: async () => ({ host: "there", pid: 7 }) };
    const claims = open({ ...nodeSystem, processes: there });
    const claim = await claims.acquire({ request, id, journal: journal.file }, { retryUnknown: false });
    await claim.markSent();
    await claim.close("unresolved");
    const history = await foldJournal(journal.file, undefined, later);
    const { unresolved } = await findClaimed(open(later), history, run, later);
    expect([...unresolved]).toEqual([request]);
    for (const place of places()) expect(await readdir(path.join(place, "0"))).toHaveLength(1);
  });

  it("is listed as saved before its claim is removed, or keeps that while the disk is full", async () => {
    const { journal } = await claimAndDie({ isSent: true });
    const again = await openJournal(journal, nodeSystem);
    const files = [{ path: "/out/0.png", byteLength: 3, sha256: "00", mtimeMs: 1 }];
    await again.write({ type: "saved", id, files });
    await again.close();
    const history = await foldJournal(journal, undefined, later);
    const appendFile = async () => {
      throw new Error("ENOSPC");
    };
    const full: System = { ...later, files: { ...nodeSystem.files, appendFile } };
    expect((await findClaimed(open(later), history, run, full)).unresolved).toEqual(new Set());
    expect(await open(later).find(request)).toHaveLength(2);
    await findClaimed(open(later), history, run, later);
    expect(await open(later).find(request)).toEqual([]);
    expect(await openSavedIndex([at("saved")], nodeSystem).find(request)).toMatchObject([{ id, files }]);
  });

  it("is only read by a dry run, which writes nothing", async () => {
    const { journal } = await claimAndDie({ isSent: false });
    const history = await foldJournal(journal, undefined, later);
    const claimed = await findClaimed(open(later), history, { dryRun: true }, later);
    expect(claimed).toEqual({ inFlight: new Set(), unresolved: new Set() });
    expect(await open(later).find(request)).toHaveLength(2);
  });

  it("blocks no other manifest or edit either", async () => {
    const { journal } = await claimAndDie({ isSent: false });
    const other = { request, id: "2".repeat(32), journal: `${journal}.other` };
    await (await open(later).acquire(other, { retryUnknown: false })).close("saved");
    expect(await open(later).find(request)).toEqual([]);
  });

  it("is not sent if its claim cannot say so", async () => {
    const { files } = nodeSystem;
    const open = async (...given: Parameters<typeof files.open>) => {
      const handle = await files.open(...given);
      handle.write = async () => {
        throw Object.assign(new Error("The disk is full."), { code: "ENOSPC" });
      };
      return handle;
    };
    const full: System = { ...nodeSystem, files: { ...files, open } };
    const store = openClaims(places(), resolvedByJournal(full), full);
    const claim = await store.acquire({ request, id, journal: at("j.jsonl") }, { retryUnknown: false });
    await expect(claim.markSent()).rejects.toMatchObject({ exitCode: 2, outcome: "not-sent" });
    await claim.close("not-billed");
    expect(await store.find(request)).toEqual([]);
  });

  it("stays unresolved once it was sent, also without its journal", async () => {
    const { journal } = await claimAndDie({ isSent: true });
    await rm(journal);
    const history = await foldJournal(journal, undefined, later);
    const { unresolved } = await findClaimed(open(later), history, run, later);
    expect(unresolved).toEqual(new Set([request]));
  });

  it("stays unresolved when an attempt was resent that another state directory had sent", async () => {
    const { journal } = await claimAndDie({ isSent: true });
    await rm(journal);
    const resent = await openJournal(at("resent.jsonl"), later);
    await resent.close();
    killed.push(await open(later).acquire({ request, id, journal: resent.file }, { retryUnknown: true }));
    const history = await foldJournal(resent.file, undefined, later);
    expect((await findClaimed(open(later), history, run, later)).unresolved).toEqual(new Set([request]));
  });
});
