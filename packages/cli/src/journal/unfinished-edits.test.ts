import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProcessIdentity } from "./claims/owner.ts";
import { appendEntry } from "./journal.ts";
import type { JournalEntry, PlannedEntry } from "./journal-entry.ts";
import { nodeSystem } from "./node-system.ts";
import { editFiles } from "./state-directory.ts";
import type { System } from "./system.ts";
import { dismissSuperseded, findUnfinishedEdits, openOwnClaims } from "./unfinished-edits.ts";

const request = "0123456789abcdef0123456789abcdef";
const owner: ProcessIdentity = { host: "h", boot: "b", pidNamespace: "p", pid: 1, startedAt: "10" };

let directory: string;
let system: System;
let running: Set<number>;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-unfinished-"));
  running = new Set();
  system = {
    ...nodeSystem,
    stateDirectory: path.join(directory, "state"),
    workingDirectory: path.join(directory, "work"),
    processes: {
      describe: async () => owner,
      look: async (pid) => ({ runs: running.has(pid), startedAt: running.has(pid) ? "10" : undefined }),
    },
  };
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const entry = (id: string, more: Partial<PlannedEntry> = {}) =>
  ({ type: "planned", id, request, owner, responseFile: `${id}.answer`, ...more }) as PlannedEntry;
const sent = (id: string): JournalEntry => ({ type: "sent", id, attempt: 1 });
const write = async (journal: string, ...entries: JournalEntry[]) => {
  await mkdir(path.dirname(journal), { recursive: true });
  for (const each of entries) await appendEntry(journal, each, system);
};
const single = (id: string, ...entries: JournalEntry[]) => write(editFiles(id, system).journal, ...entries);
const summaries = async () =>
  (await findUnfinishedEdits(system)).edits.map(({ record, running: runs }) => [record.id, runs]);

describe(findUnfinishedEdits, () => {
  it("finds nothing where nothing was sent", async () => {
    expect(await findUnfinishedEdits(system)).toEqual({
      edits: [],
      claims: [],
      problems: [],
      leftovers: [],
    });
  });

  it("finds what was sent and not saved, with its response", async () => {
    await single("a", entry("a"), sent("a"));
    await single("b", entry("b"), sent("b"), { type: "saved", id: "b", files: [] });
    await single("c", entry("c"));
    const { journal, response } = editFiles("a", system);
    const found = { journal, responseFile: response, running: false, lock: undefined };
    expect((await findUnfinishedEdits(system)).edits).toMatchObject([
      { ...found, record: { id: "a" }, responses: [] },
    ]);
    await writeFile(response, "12345");
    expect((await findUnfinishedEdits(system)).edits).toMatchObject([
      { ...found, responses: [{ file: response, byteLength: 5 }] },
    ]);
  });

  it.each([
    {
      end: "saved",
      entries: [{ type: "saved", id: "row", files: [], response: "row.2222222222222222.answer" }],
    },
    { end: "dismissed", entries: [{ type: "dismissed", id: "row" }] },
  ] satisfies { end: string; entries: JournalEntry[] }[])(
    "finds a response that arrived once another attempt was $end, and what that one has left",
    async ({ end, entries }) => {
      const batch = path.join(system.stateDirectory, "batches", "one");
      const [late, left] = ["1", "2"].map((digit) => path.join(batch, `row.${digit.repeat(16)}.answer`)) as [
        string,
        string,
      ];
      const [first, second] = [late, left].map((responseFile) => entry("row", { responseFile })) as [
        PlannedEntry,
        PlannedEntry,
      ];
      await write(path.join(batch, "journal.jsonl"), first, sent("row"), second, sent("row"), ...entries);
      expect(await findUnfinishedEdits(system)).toMatchObject({ edits: [], leftovers: [] });
      for (const file of [late, left, `${left}.3333333333333333`]) await writeFile(file, "{}");
      const found = await findUnfinishedEdits(system);
      const isSaved = end === "saved";
      const files = found.edits.flatMap(({ responses }) => responses.map(({ file }) => file)).sort();
      expect(files).toEqual([late, left, `${left}.3333333333333333`].slice(0, isSaved ? 1 : 3));
      expect([...found.leftovers].sort()).toEqual(isSaved ? [left, `${left}.3333333333333333`] : []);
    },
  );

  it("finds the rows of batches, which run while their lock is held", async () => {
    const batch = path.join(system.stateDirectory, "batches", "one");
    await write(path.join(batch, "journal.jsonl"), entry("row"), sent("row"));
    const found = {
      record: { id: "row" },
      journal: path.join(batch, "journal.jsonl"),
      lock: path.join(batch, "lock"),
      responseFile: path.join(batch, "row.answer"),
      responses: [],
      running: false,
    };
    expect((await findUnfinishedEdits(system)).edits).toMatchObject([found]);
    running.add(2);
    await writeFile(path.join(batch, "lock"), JSON.stringify({ ...owner, pid: 2, token: "t" }));
    expect((await findUnfinishedEdits(system)).edits).toMatchObject([{ ...found, running: true }]);
  });

  it.each([
    { saved: "an old version", response: undefined, isLeft: true },
    { saved: "an attempt with a name of its own", response: `a.${"1".repeat(16)}.answer`, isLeft: false },
  ])(
    "takes the response of an old version for what $saved has left: $isLeft",
    async ({ response, isLeft }) => {
      await single("a", entry("a"), sent("a"), { type: "saved", id: "a", files: [], response });
      const file = editFiles("a", system).response;
      await writeFile(file, "{}");
      const { edits, leftovers } = await findUnfinishedEdits(system);
      expect(leftovers).toEqual(isLeft ? [file] : []);
      expect(edits).toHaveLength(isLeft ? 0 : 1);
    },
  );

  it("says which edits a process works on, and that none works on what has failed", async () => {
    const failed = {
      type: "failed",
      id: "b",
      outcome: "unknown",
      code: "x",
      exitCode: 8,
      paths: [],
    } as const;
    await single("a", entry("a"), sent("a"));
    await single("b", entry("b"), sent("b"), failed);
    await single("c", sent("c"));
    expect(await summaries()).toEqual([
      ["a", false],
      ["b", false],
      ["c", false],
    ]);
    running.add(1);
    expect(await summaries()).toEqual([
      ["a", true],
      ["b", false],
      ["c", false],
    ]);
  });

  it("takes an edit of a machine that it cannot see for running while its claim beats", async () => {
    const far = { ...owner, host: "far", boot: "other", pidNamespace: "q" };
    for (const id of ["a", "b"]) await single(id, entry(id, { owner: far }), sent(id));
    const there = openOwnClaims({ ...system, processes: { ...system.processes, describe: async () => far } });
    const claim = await there.acquire(
      { request, id: "a", journal: editFiles("a", system).journal },
      { retryUnknown: false },
    );
    expect(await summaries()).toEqual([
      ["a", true],
      ["b", false],
    ]);
    await claim.close("saved");
  });

  it("finds the claims whose journal is elsewhere, in every directory", async () => {
    const claims = openOwnClaims(system);
    const lost = await claims.acquire({ request, id: "x", journal: "/gone" }, { retryUnknown: false });
    await lost.close("unresolved");
    const known = { request: "f".repeat(32), id: "a", journal: editFiles("a", system).journal };
    await single("a", entry("a"), sent("a"));
    await (await claims.acquire(known, { retryUnknown: false })).close("unresolved");
    expect((await findUnfinishedEdits(system)).claims).toMatchObject(
      Array(2).fill({ id: "x", inFlight: false }),
    );
    expect(await claims.find(request)).toHaveLength(2);
  });

  it("names a directory whose responses cannot be read, and every edit in it", async () => {
    const batch = path.join(system.stateDirectory, "batches", "one");
    await write(path.join(batch, "journal.jsonl"), entry("row"), sent("row"));
    await single("a", entry("a"), sent("a"));
    const readdir = async (place: string) => {
      if (place === batch) throw Object.assign(new Error("denied"), { code: "EACCES" });
      return nodeSystem.files.readdir(place);
    };
    const { edits, problems } = await findUnfinishedEdits({ ...system, files: { ...system.files, readdir } });
    expect(edits.map(({ record }) => record.id)).toEqual(["a", "row"]);
    expect(problems.map(({ message }) => message)).toEqual([
      `${batch} cannot be read (EACCES). Give yourself read access to it.`,
    ]);
  });

  it("reads the other journals when one is not readable, and passes on a bug", async () => {
    await single("a", entry("a"), sent("a"));
    await single("b", entry("b"), sent("b"));
    await writeFile(editFiles("a", system).journal, '{"type":"journal","version":99}\n');
    const { edits, problems } = await findUnfinishedEdits(system);
    expect(edits.map(({ record }) => record.id)).toEqual(["b"]);
    expect(problems).toMatchObject([{ exitCode: 2 }]);
    const look = () => Promise.reject(new TypeError("a bug"));
    const broken = { ...system, processes: { ...system.processes, look } };
    await expect(findUnfinishedEdits(broken)).rejects.toThrow("a bug");
  });
});

describe(dismissSuperseded, () => {
  const claimed = async (id: string, journal = editFiles(id, system).journal) => {
    const claims = openOwnClaims(system);
    const claim = await claims.acquire({ request, id, journal }, { retryUnknown: true });
    await claim.markSent();
    return claim;
  };
  const ids = async () => (await findUnfinishedEdits(system)).edits.map(({ record }) => record.id);

  it("closes what was resent, and removes its claims", async () => {
    await single("a", entry("a"), sent("a"));
    await (await claimed("a")).close("unresolved");
    await dismissSuperseded(await openOwnClaims(system).find(request), system);
    expect([await ids(), await openOwnClaims(system).find()]).toEqual([[], []]);
    expect(await readFile(editFiles("a", system).journal, "utf8")).toContain('"type":"dismissed"');
  });

  it("leaves what runs on another machine, also if the clock of this one is ahead", async () => {
    const far = { ...owner, host: "far", boot: "other" };
    await single("a", entry("a", { owner: far }), sent("a"));
    const there = { ...system, processes: { ...system.processes, describe: async () => far } };
    const acquired = { request, id: "a", journal: editFiles("a", system).journal };
    const claim = await openOwnClaims(there).acquire(acquired, { retryUnknown: false });
    await claim.markSent();
    system = { ...system, clock: { ...system.clock, now: () => Date.now() + 3_600_000 } };
    await dismissSuperseded(await openOwnClaims(system).find(request), system);
    expect(await summaries()).toEqual([["a", true]]);
    expect(await openOwnClaims(system).find(request)).toHaveLength(2);
    await claim.close("saved");
  });

  it("leaves what runs, what has images of its own, and rows of a batch", async () => {
    const task = { type: "task", id: "task", task: {} } as JournalEntry;
    for (const id of ["live", "kept", "row"]) await single(id, entry(id), sent(id));
    await single("task", entry("task"), sent("task"), task);
    await writeFile(editFiles("kept", system).response, "images");
    for (const [id, journal] of [["kept"], ["task"], ["row", "/j/batch"]] as const)
      await (await claimed(id, journal)).close("unresolved");
    running.add(1);
    const live = await claimed("live");
    await dismissSuperseded(await openOwnClaims(system).find(request), system);
    expect((await ids()).sort()).toEqual(["kept", "live", "row", "task"]);
    expect(await openOwnClaims(system).find()).toHaveLength(8);
    await live.close("saved");
  });
});
