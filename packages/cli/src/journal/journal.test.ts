import { appendFileSync } from "node:fs";
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compactJournal } from "./compact-journal.ts";
import { type EditState, isUnresolved, nextRecord, nextState } from "./edit-record.ts";
import { findResolution } from "./find-resolution.ts";
import { foldJournal } from "./fold-journal.ts";
import {
  appendEntry,
  checkHeader,
  journalHeader,
  journalNotWritable,
  openJournal,
  openJournalBeforeSending,
  parseEntry,
} from "./journal.ts";
import type { JournalEntry, PlannedEntry } from "./journal-entry.ts";
import { nodeSystem } from "./node-system.ts";
import type { LogFile, System } from "./system.ts";
import { KeyTable } from "./tables/key-table.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-journal-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** The real system, with another way to append to a file. */
function withAppend(append: (handle: LogFile, text: string) => Promise<void>): System {
  const open: System["files"]["open"] = async (...parameters) => {
    const handle = await nodeSystem.files.open(...parameters);
    return new Proxy(handle, {
      get(target, name) {
        if (name === "appendFile") return (text: string) => append(target, text);
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  return { ...nodeSystem, files: { ...nodeSystem.files, open } };
}

describe(openJournal, () => {
  it("writes concurrent entries as complete lines", async () => {
    const journal = await openJournal(path.join(directory, "deep", "j.jsonl"), nodeSystem);
    await Promise.all(
      Array.from({ length: 300 }, (_, at) => journal.write({ type: "sent", id: `${at}`, attempt: 1 })),
    );
    await journal.close();
    const folded = await foldJournal(journal.file, undefined, nodeSystem);
    expect([folded.size, folded.lineCount]).toEqual([300, 300]);
  });

  it.skipIf(process.platform === "win32")("creates a file that only its owner can read", async () => {
    const journal = await openJournal(path.join(directory, "j.jsonl"), nodeSystem);
    await journal.close();
    expect((await stat(journal.file)).mode & 0o777).toBe(0o600);
  });

  it("starts a new line after one that a crash cut", async () => {
    const file = path.join(directory, "j.jsonl");
    await appendFile(file, '{"type":"journal","version":1}\n{"type":"sent","id":"torn');
    const journal = await openJournal(file, nodeSystem);
    await journal.write({ type: "sent", id: "complete", attempt: 1 });
    await journal.close();
    const folded = await foldJournal(file, undefined, nodeSystem);
    expect([folded.size, folded.stateOf("complete")?.phase]).toEqual([1, "sent"]);
  });

  it("starts anew when a crash cut the first line", async () => {
    const file = path.join(directory, "j.jsonl");
    await appendFile(file, '{"type":"jour');
    const journal = await openJournal(file, nodeSystem);
    await journal.write({ type: "sent", id: "a", attempt: 1 });
    await journal.close();
    expect((await foldJournal(file, undefined, nodeSystem)).size).toBe(1);
  });

  it("keeps what is in the file when it is opened again", async () => {
    const file = path.join(directory, "j.jsonl");
    for (const id of ["a", "b"]) await appendEntry(file, { type: "sent", id, attempt: 1 }, nodeSystem);
    const text = await readFile(file, "utf8");
    expect(text.startsWith(journalHeader)).toBe(true);
    expect((await foldJournal(file, undefined, nodeSystem)).size).toBe(2);
  });

  it("closes the file of one entry, also when it cannot be written", async () => {
    for (const isFull of [false, true]) {
      let isOpen = true;
      const system = withAppend(async (handle, text) => {
        const close = handle.close.bind(handle);
        handle.close = async () => {
          isOpen = false;
          await close();
        };
        if (isFull) throw new Error("full");
        await handle.appendFile(text);
      });
      const entry = { type: "sent", id: "a", attempt: 1 } as const;
      await appendEntry(path.join(directory, "j.jsonl"), entry, system).catch(() => undefined);
      expect(isOpen).toBe(false);
    }
  });

  it("starts a new line after one that a full disk cut", async () => {
    let isFull = true;
    const system = withAppend(async (handle, text) => {
      await handle.appendFile(isFull ? text.slice(0, -20) : text);
      if (isFull) throw Object.assign(new Error("full"), { code: "ENOSPC" });
    });
    const file = path.join(directory, "j.jsonl");
    const failing = appendEntry(file, { type: "sent", id: "cut", attempt: 1 }, system);
    await expect(failing).rejects.toMatchObject({ code: "journal_not_writable", exitCode: 2 });
    const journal = await openJournal(file, system);
    await expect(journal.write({ type: "sent", id: "cut too", attempt: 1 })).rejects.toThrow("full");
    isFull = false;
    await journal.write({ type: "sent", id: "complete", attempt: 1 });
    await journal.close();
    const folded = await foldJournal(file, undefined, nodeSystem);
    expect([folded.size, folded.stateOf("complete")?.phase]).toEqual([1, "sent"]);
  });

  it("rejects a write that the disk refuses", async () => {
    const journal = await openJournal(path.join(directory, "j.jsonl"), nodeSystem);
    await journal.close();
    await expect(journal.write({ type: "sent", id: "a", attempt: 1 })).rejects.toThrow();
  });
});

describe(foldJournal, () => {
  const header = '{"type":"journal","version":1}\n';
  const write = async (text: string) => {
    const file = path.join(directory, "j.jsonl");
    await writeFile(file, text);
    return file;
  };
  const sent = (id: string) => JSON.stringify({ type: "sent", id, attempt: 1 });

  it("finds complete lines around any damage", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (before, after) => {
        const file = await write(`${header}${before.replaceAll("\n", " ")}\n${sent("x")}\n${after}`);
        expect((await foldJournal(file, undefined, nodeSystem)).stateOf("x")).toMatchObject({
          phase: "sent",
        });
      }),
      { numRuns: 50 },
    );
  });

  it("reads a cut journal up to its last complete line", async () => {
    const text = `${header}${sent("a")}\n${sent("b")}\n`;
    for (let cut = 0; cut <= text.length; cut += 7) {
      const folded = await foldJournal(await write(text.slice(0, cut)), undefined, nodeSystem);
      const complete = text.slice(0, cut).split("\n").length - 2;
      expect(folded.size).toBe(Math.max(0, complete));
    }
  });

  it("reads what another process appends, once", async () => {
    const file = await write(`${header}${sent("a")}\n`);
    const folded = await foldJournal(file, undefined, nodeSystem);
    await appendFile(file, `${sent("b")}\n`);
    await Promise.all([folded.refresh(), folded.refresh(), folded.refresh()]);
    expect([folded.size, folded.lineCount]).toEqual([2, 2]);
  });

  it("reads what was appended after a reading began", async () => {
    const file = await write(`${header}${sent("a")}\n`);
    const folded = await foldJournal(file, undefined, nodeSystem);
    const first = folded.refresh();
    appendFileSync(file, `${sent("b")}\n`);
    await folded.refresh();
    expect(folded.size).toBe(2);
    await first;
  });

  it("finds the edits of another table", async () => {
    const folded = await foldJournal(await write(`${header}${sent("a")}\n`), undefined, nodeSystem);
    const others = new KeyTable();
    const [a, b] = ["a", "b"].map((id) => others.add(id)) as [number, number];
    expect(folded.stateOfKey(others, a)).toEqual(folded.stateOf("a"));
    expect(folded.stateOfKey(others, b)).toBeUndefined();
  });

  it("has no record of an edit whose lines are gone", async () => {
    const file = await write(`${header}${sent("a")}\n`);
    const folded = await foldJournal(file, undefined, nodeSystem);
    await truncate(file, header.length);
    expect(await folded.read("a")).toBeUndefined();
    for await (const record of folded.readAll(() => true)) expect.fail(record.id);
  });

  it("visits no line of a file that is missing", async () => {
    const folded = await foldJournal(path.join(directory, "missing.jsonl"), undefined, nodeSystem);
    await folded.eachLine(() => expect.fail());
    expect(folded.size).toBe(0);
  });

  it("takes a line that came too late for none of its edit", async () => {
    const file = await write(
      [saved("a"), attempt("sent", "a"), saved("b")].reduce(
        (text, entry) => `${text}${JSON.stringify(entry)}\n`,
        header,
      ),
    );
    const folded = await foldJournal(file, undefined, nodeSystem);
    const lines: unknown[] = [];
    await folded.eachLine(({ entry, isLast }) => {
      lines.push([entry.type, entry.id, isLast]);
    });
    expect(lines).toEqual([
      ["saved", "a", true],
      ["sent", "a", false],
      ["saved", "b", true],
    ]);
    expect(await folded.read("a")).toMatchObject({ phase: "saved", paths: ["/a.png"] });
  });

  it.each([
    ["a journal of another version", '{"type":"journal","version":2}\n', "has version 2"],
    ["a file that is not a journal", "image,prompt\na.png,x\n", "is not a journal"],
  ])("rejects %s", async (_, text, message) => {
    await expect(foldJournal(await write(text), undefined, nodeSystem)).rejects.toThrow(message);
  });
});

describe(nextState, () => {
  const plan = { type: "planned", id: "a" } as PlannedEntry;
  const failed = (outcome: "rejected" | "unknown") =>
    ({ type: "failed", id: "a", outcome, code: "x", exitCode: 1, paths: [] }) as const;
  const fold = (...entries: JournalEntry[]) => entries.reduce<EditState | undefined>(nextState, undefined);

  it("marks an edit as unresolved once it is sent", () => {
    expect(isUnresolved(fold({ type: "sent", id: "a", attempt: 1 }) as EditState)).toBe(true);
  });

  it("marks an edit that waits for a retry as not sent", () => {
    const state = fold({ type: "sent", id: "a", attempt: 1 }, { type: "refused", id: "a", attempt: 1 });
    expect(state).toMatchObject({ phase: "refused", outcome: "not-sent" });
    expect(isUnresolved(state as EditState)).toBe(false);
  });

  it("leaves an edit unresolved whose second attempt is rejected, until it is saved or dismissed", () => {
    const state = fold(plan, failed("unknown"), plan, failed("rejected"));
    expect(isUnresolved(state as EditState)).toBe(true);
    expect(isUnresolved(nextState(state, { type: "dismissed", id: "a" }))).toBe(false);
    expect(isUnresolved(nextState(state, { type: "saved", id: "a", files: [] }))).toBe(false);
  });

  it("leaves an edit pending whose task is polled, however often the wait for it ends", () => {
    const dialect = { statusPath: "/v1/tasks/{id}" };
    const task = { taskId: "t1", statusUrl: "https://a.example/v1/tasks/t1", dialect };
    const made = { type: "task", id: "a", task } as const;
    const state = fold(plan, { type: "sent", id: "a", attempt: 1 }, made, { ...made, code: "timeout" });
    expect(state).toEqual({ phase: "pending", outcome: "unknown", hasEarlier: false });
    expect(isUnresolved(state as EditState)).toBe(true);
    expect(isUnresolved(nextState(state, failed("rejected")))).toBe(false);
    expect(isUnresolved(nextState(state, failed("unknown")))).toBe(true);
    expect(isUnresolved(nextState(state, plan))).toBe(true);
  });

  it("reads the task of an edit from its last line, and keeps it in a compacted journal", async () => {
    const journal = await openJournal(path.join(directory, "j.jsonl"), nodeSystem);
    const task = {
      taskId: "t1",
      statusUrl: "https://a.example/v1/tasks/t1",
      dialect: {},
      requestId: "req_1",
    };
    // A process that has ended.
    const owner = { ...(await nodeSystem.processes.describe()), pid: 999_999_999 };
    const rows = Array.from({ length: 5_000 }, (_, at) => `${at}`);
    await Promise.all([
      journal.write({ ...plan, owner, id: "open" }),
      journal.write({ type: "sent", id: "open", attempt: 1 }),
      journal.write({ type: "task", id: "open", task }),
      ...rows.flatMap((id) => [
        journal.write({ ...plan, owner, id, promptSha256: "x".repeat(200) }),
        journal.write({ type: "saved", id, files: [] }),
      ]),
    ]);
    await journal.close();
    const before = await foldJournal(journal.file, undefined, nodeSystem);
    expect(await compactJournal(before, nodeSystem)).toBe(true);
    for (const folded of [before, await foldJournal(journal.file, undefined, nodeSystem)])
      expect(await folded.read("open")).toMatchObject({
        phase: "pending",
        task,
        requestId: "req_1",
        plan: { id: "open" },
      });
  });
});

const owner = { host: "h", boot: "b", pid: 1 };
const planned = (id: string, maxUsd?: number) =>
  ({ type: "planned", id, owner, responseFile: `/r/${id}`, maxUsd }) as PlannedEntry;
const attempt = (type: "sent" | "refused", id: string) => ({ type, id, attempt: 1 }) as const;
const failure = (id: string, outcome: "rejected" | "not-sent" | "unknown" | "billed") =>
  ({ type: "failed", id, outcome, code: "c", exitCode: 4, requestId: "req", paths: [null] }) as const;
const saved = (id: string, more: object = {}) =>
  ({
    type: "saved",
    id,
    files: [{ path: `/${id}.png`, sha256: "s", byteLength: 1, mtimeMs: 1 }],
    ...more,
  }) as const;

async function foldOf(...entries: JournalEntry[]) {
  const file = path.join(directory, "j.jsonl");
  await writeFile(file, journalHeader + entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  return foldJournal(file, undefined, nodeSystem);
}

describe("what edits cost", () => {
  it.each<[string, JournalEntry[], number, number]>([
    ["nothing before they are sent", [planned("a", 4)], 0, 0],
    ["at most their price once sent", [planned("a", 4), attempt("sent", "a")], 4, 0],
    ["nothing known without a price", [planned("a"), attempt("sent", "a")], 0, 1],
    [
      "nothing when the server refused them",
      [planned("a", 4), attempt("sent", "a"), attempt("refused", "a")],
      0,
      0,
    ],
    [
      "nothing when they were rejected",
      [planned("a", 4), attempt("sent", "a"), failure("a", "rejected")],
      0,
      0,
    ],
    ["nothing when they were not sent", [planned("a"), attempt("sent", "a"), failure("a", "not-sent")], 0, 0],
    [
      "their price when the outcome is unknown",
      [planned("a", 4), attempt("sent", "a"), failure("a", "unknown")],
      4,
      0,
    ],
    [
      "their price when they were billed",
      [planned("a", 4), attempt("sent", "a"), failure("a", "billed")],
      4,
      0,
    ],
    ["nothing for a failure before they were sent", [planned("a", 4), failure("a", "rejected")], 0, 0],
    ["what the server says", [planned("a", 4), attempt("sent", "a"), saved("a", { usd: 3 })], 3, 0],
    ["their price when the server says nothing", [planned("a", 4), attempt("sent", "a"), saved("a")], 4, 0],
    [
      "what the server says instead of an unknown price",
      [planned("a"), attempt("sent", "a"), saved("a", { usd: 3 })],
      3,
      0,
    ],
    [
      "each attempt",
      [planned("a", 4), attempt("sent", "a"), failure("a", "unknown"), planned("a", 4), attempt("sent", "a")],
      8,
      0,
    ],
    ["what a compacted journal says", [saved("a", { usd: 3, spentUsd: 7 })], 7, 0],
    ["nothing known where a compacted journal has null", [saved("a", { spentUsd: null })], 0, 1],
  ])("is %s", async (_, entries, usd, unpriced) => {
    expect((await foldOf(...entries)).spending).toEqual({ usd, unpriced });
  });
});

describe("the record of an edit", () => {
  it("has its plan, and the details of its last entry", async () => {
    const folded = await foldOf(
      planned("a", 4),
      attempt("sent", "a"),
      { ...failure("a", "billed"), responseFile: "/other", paths: ["/a.png", null] },
      planned("b"),
      attempt("sent", "b"),
      saved("b", { usd: 3, requestId: "req_b", usage: { totalTokens: 7 } }),
    );
    expect(await folded.read("a")).toMatchObject({
      id: "a",
      phase: "failed",
      outcome: "billed",
      plan: { owner },
      code: "c",
      requestId: "req",
      responseFile: "/other",
      paths: ["/a.png", null],
    });
    expect(await folded.read("b")).toMatchObject({
      phase: "saved",
      outcome: undefined,
      responseFile: "/r/b",
      paths: ["/b.png"],
      usd: 3,
      requestId: "req_b",
      usage: { totalTokens: 7 },
    });
    expect(await folded.read("c")).toBeUndefined();
    expect(folded.stateOf("c")).toBeUndefined();
    const ids: string[] = [];
    for await (const { id } of folded.readAll(({ phase }) => phase === "saved")) ids.push(id);
    expect(ids).toEqual(["b"]);
  });

  it("is unresolved until it is saved or dismissed, through every later attempt", async () => {
    const before = [planned("a"), attempt("sent", "a"), failure("a", "unknown")];
    const later = [planned("a"), attempt("sent", "a"), failure("a", "rejected")];
    for (const [entries, expected] of [
      [before, true],
      [[...before, ...later], true],
      [[...before, ...later, saved("a")], false],
      [[...before, { type: "dismissed", id: "a" } as const], false],
      [later, false],
      [[planned("a"), attempt("sent", "a"), failure("a", "billed")], true],
      [[{ ...planned("a"), hasEarlier: true } as const, attempt("refused", "a")], true],
    ] as const) {
      const state = (await foldOf(...entries)).stateOf("a");
      expect(isUnresolved(state as EditState)).toBe(expected);
    }
  });

  it("has no entry in lines that are not one", () => {
    for (const line of ["", "1", "null", "[]", '{"type":"sent"}', '{"id":"a"}', "{cut"])
      expect(parseEntry(Buffer.from(line))).toBeUndefined();
    for (const line of ['"sent"', "[1,2]", '{"type":null}'])
      expect(parseEntry(Buffer.from(line))).toBeUndefined();
    expect(parseEntry(Buffer.from('{"type":"sent","id":"a"}'))).toEqual({ type: "sent", id: "a" });
  });
});

describe(nextRecord, () => {
  it("starts without images, also for an edit whose plan is missing", () => {
    const sent = { id: "a", phase: "sent", outcome: "unknown", hasEarlier: false, paths: [], files: [] };
    expect(nextRecord(undefined, attempt("sent", "a"))).toEqual({ ...sent, at: undefined });
    const before = nextRecord(undefined, saved("a"));
    expect(before).toMatchObject({ phase: "saved", hasEarlier: false, paths: ["/a.png"] });
    // Its images are in place: an entry that comes later is of a process that slept.
    expect(nextRecord(before, planned("a"))).toBe(before);
  });

  it("has the time of its last entry that has one", () => {
    const first = nextRecord(undefined, { ...planned("a"), at: "1" });
    expect(nextRecord(first, attempt("sent", "a")).at).toBe("1");
    expect(nextRecord(first, { ...attempt("sent", "a"), at: "2" }).at).toBe("2");
  });
});

describe(isUnresolved, () => {
  it.each<[EditState, boolean]>([
    [{ phase: "saved", hasEarlier: false }, false],
    [{ phase: "saved", hasEarlier: true }, true],
    [{ phase: "dismissed", hasEarlier: true }, false],
    [{ phase: "sent", hasEarlier: false }, true],
    [{ phase: "planned", hasEarlier: true }, true],
    [{ phase: "refused", hasEarlier: false, outcome: "not-sent" }, false],
    [{ phase: "failed", hasEarlier: false, outcome: "unknown" }, true],
    [{ phase: "failed", hasEarlier: false, outcome: "billed" }, true],
    [{ phase: "failed", hasEarlier: false, outcome: "rejected" }, false],
  ])("reads %j: %s", (state, expected) => {
    expect(isUnresolved(state)).toBe(expected);
  });

  it("is settled by images and by a person, whatever came before", () => {
    const earlier: EditState = { phase: "planned", hasEarlier: true };
    expect(nextState(earlier, saved("a"))).toEqual({ phase: "saved", hasEarlier: false });
    expect(nextState(earlier, { type: "dismissed", id: "a" })).toEqual({
      phase: "dismissed",
      hasEarlier: false,
    });
  });
});

describe("a saved edit that another process had sent again", () => {
  const open = { ...attempt("sent", "a"), isOfOther: true } as const;
  const both = [
    planned("a", 1),
    attempt("sent", "a"),
    planned("a", 1),
    attempt("sent", "a"),
    saved("a"),
    open,
  ];
  const stateOf = async (...later: JournalEntry[]) => (await foldOf(...both, ...later)).stateOf("a");

  it("stays saved, with its images, and says that the other attempt may be billed", async () => {
    const folded = await foldOf(...both);
    expect(folded.stateOf("a")).toEqual({ phase: "saved", hasEarlier: true });
    expect(await folded.read("a")).toMatchObject({ phase: "saved", hasEarlier: true, paths: ["/a.png"] });
    expect(folded.spending).toEqual({ usd: 2, unpriced: 0 });
  });

  it.each<[string, JournalEntry, boolean]>([
    ["its images", saved("a"), false],
    ["a rejection", failure("a", "rejected"), false],
    ["an attempt that was not sent", failure("a", "not-sent"), false],
    ["a person", { type: "dismissed", id: "a" }, false],
    ["nothing that may be billed", failure("a", "unknown"), true],
    ["no refusal that is retried", attempt("refused", "a"), true],
    ["no attempt of a process that slept", attempt("sent", "a"), true],
  ])("is closed by %s", async (_, entry, hasEarlier) => {
    expect(await stateOf(entry)).toEqual({ phase: "saved", hasEarlier });
    expect((await foldOf(planned("a"), attempt("sent", "a"), saved("a"), entry)).stateOf("a")).toEqual({
      phase: "saved",
      hasEarlier: false,
    });
  });

  it("is still open in a smaller journal", async () => {
    const pad = { note: "x".repeat(2200) };
    const others = Array.from({ length: 500 }, (_, at) => [
      attempt("sent", `${at}`),
      saved(`${at}`, pad),
    ]).flat();
    const folded = await foldOf(...both, ...others);
    const system = {
      ...nodeSystem,
      processes: { ...nodeSystem.processes, look: async () => ({ runs: false }) },
    };
    expect(await compactJournal(folded, system)).toBe(true);
    const after = await foldJournal(folded.file, undefined, nodeSystem);
    expect([after.stateOf("a"), after.spending.usd]).toEqual([{ phase: "saved", hasEarlier: true }, 2]);
  });
});

describe(compactJournal, () => {
  const self = { host: "h", boot: "b", pid: 9 };
  const systemOf = (runs: boolean): System => ({
    ...nodeSystem,
    processes: { describe: async () => self, look: async () => ({ runs }) },
  });
  /** Enough saved edits for a journal that is worth it. */
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => `edit-${at}`).flatMap((id) => [
      { ...planned(id, 4), promptSha256: "x".repeat(900) },
      attempt("sent", id),
      saved(id, { usd: 3 }),
    ]);

  it("retains one line of each saved edit, and every line of those that are not resolved", async () => {
    const others = [
      planned("unknown", 4),
      attempt("sent", "unknown"),
      failure("unknown", "unknown"),
      planned("twice", 4),
      attempt("sent", "twice"),
      failure("twice", "unknown"),
      planned("twice", 4),
      planned("waiting", 4),
      attempt("sent", "waiting"),
      attempt("refused", "waiting"),
      planned("new", 4),
      planned("gone", 4),
      { type: "dismissed", id: "gone" } as const,
    ];
    const folded = await foldOf(...many(1000), ...others);
    expect(await compactJournal(folded, systemOf(false))).toBe(true);
    const text = await readFile(folded.file, "utf8");
    expect(text.startsWith(journalHeader)).toBe(true);
    const lines = text.trimEnd().split("\n").slice(1);
    expect(lines).toHaveLength(1000 + 3 + 4 + 2);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ type: "saved", id: "edit-0", usd: 3, spentUsd: 3 });
    const after = await foldJournal(folded.file, undefined, nodeSystem);
    expect(after.spending).toEqual(folded.spending);
    for (const id of ["unknown", "twice"]) expect(isUnresolved(after.stateOf(id) as EditState)).toBe(true);
    expect(["waiting", "new"].map((id) => after.stateOf(id))).toEqual([undefined, undefined]);
    expect(after.stateOf("gone")?.phase).toBe("dismissed");
    expect(await readdir(directory)).toEqual(["j.jsonl"]);
    if (process.platform !== "win32") expect((await stat(folded.file)).mode & 0o777).toBe(0o600);
  });

  it("retains one line of an edit that was saved twice, and the plan of one that was dismissed", async () => {
    const twice = [saved("twice", { usd: 1 }), attempt("sent", "twice"), saved("twice", { usd: 2 })];
    const rest = [planned("new"), planned("gone"), { type: "dismissed", id: "gone" } as const];
    const folded = await foldOf(...many(1000), ...twice, ...rest);
    expect(await compactJournal(folded, systemOf(false))).toBe(true);
    const lines = (await readFile(folded.file, "utf8"))
      .split("\n")
      .filter((line) => line.includes('"twice"'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ type: "saved", usd: 2 }]);
    const after = await foldJournal(folded.file, undefined, nodeSystem);
    expect(await after.read("gone")).toMatchObject({ phase: "dismissed", plan: { id: "gone" } });
  });

  it("writes in pieces of a megabyte, and loses none", async () => {
    const pieces: number[] = [];
    const { files } = withAppend((handle, text) => {
      pieces.push(text.length);
      return handle.appendFile(text);
    });
    const open = Array.from({ length: 2500 }, (_, at) => [
      { ...planned(`open-${at}`), promptSha256: "x".repeat(1000) },
      failure(`open-${at}`, "unknown"),
    ]).flat();
    const folded = await foldOf(...many(1), ...open);
    expect(await compactJournal(folded, { ...systemOf(false), files })).toBe(true);
    expect(pieces.length).toBe(3);
    for (const length of pieces.slice(0, -1)) expect(Math.floor(length / 1024)).toBe(1024);
    const after = await foldJournal(folded.file, undefined, nodeSystem);
    expect([after.size, after.lineCount]).toEqual([2501, 5001]);
  });

  it("retains what was written since the journal was folded", async () => {
    const folded = await foldOf(...many(1000));
    const added = [planned("new"), attempt("sent", "new"), failure("new", "unknown"), saved("other")];
    await appendFile(folded.file, added.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    expect(await compactJournal(folded, systemOf(false))).toBe(true);
    const after = await foldJournal(folded.file, undefined, nodeSystem);
    expect([after.stateOf("new")?.outcome, after.stateOf("other")?.phase]).toEqual(["unknown", "saved"]);
  });

  it("leaves the journal to a run that takes over and writes to it meanwhile", async () => {
    const folded = await foldOf(...many(1000));
    const { files } = nodeSystem;
    const open = async (...given: Parameters<typeof files.open>) => {
      if (given[1] === "wx") await appendFile(folded.file, `${JSON.stringify(planned("new"))}\n`);
      return files.open(...given);
    };
    expect(await compactJournal(folded, { ...systemOf(false), files: { ...files, open } })).toBe(false);
    const after = await foldJournal(folded.file, undefined, nodeSystem);
    expect([after.size, after.stateOf("new")?.phase]).toEqual([1001, "planned"]);
    expect(await readdir(directory)).toEqual(["j.jsonl"]);
  });

  it("leaves the journal and no other file when it fails", async () => {
    const folded = await foldOf(...many(1000));
    const before = await readFile(folded.file, "utf8");
    const system = systemOf(false);
    const rename = () => Promise.reject(new Error("no"));
    await expect(compactJournal(folded, { ...system, files: { ...system.files, rename } })).rejects.toThrow(
      "no",
    );
    expect(await readdir(directory)).toEqual(["j.jsonl"]);
    expect(await readFile(folded.file, "utf8")).toBe(before);
  });

  it("is worth it from three lines for two edits", async () => {
    const pad = { note: "x".repeat(2200) };
    const single = Array.from({ length: 500 }, (_, at) => saved(`single-${at}`, pad));
    const double = Array.from({ length: 500 }, (_, at) => [
      attempt("sent", `${at}`),
      saved(`${at}`, pad),
    ]).flat();
    const folded = await foldOf(...single, ...double);
    expect([folded.lineCount, folded.size]).toEqual([1500, 1000]);
    expect(await compactJournal(folded, systemOf(false))).toBe(true);
  });

  it("leaves a journal alone that is small, or has a line for each edit, or another writer", async () => {
    expect(await compactJournal(await foldOf(...many(10)), systemOf(false))).toBe(false);
    const single = Array.from({ length: 4000 }, (_, at) => saved(`${at}`, { note: "x".repeat(300) }));
    expect(await compactJournal(await foldOf(...single), systemOf(false))).toBe(false);
    const entries = [...many(1000), planned("other"), attempt("sent", "other")];
    expect(await compactJournal(await foldOf(...entries), systemOf(true))).toBe(false);
    expect(
      await compactJournal(await foldOf(...many(1000), attempt("sent", "no plan")), systemOf(false)),
    ).toBe(false);
    expect(await compactJournal(await foldOf(...entries), systemOf(false))).toBe(true);
  });
});

describe(findResolution, () => {
  const { files } = saved("a");
  const whereSaved = { saved: { at: expect.any(String), files, isRescued: undefined } };
  const at = async (name: string, ...entries: JournalEntry[]) => {
    const file = path.join(directory, name);
    await writeFile(file, journalHeader + entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    return file;
  };

  it("reads how an edit was resolved by the end of its journal", async () => {
    expect(
      await findResolution(await at("a.jsonl", planned("a"), attempt("sent", "a")), "a", owner, nodeSystem),
    ).toBeUndefined();
    expect(
      await findResolution(await at("a.jsonl", attempt("sent", "a"), saved("a")), "a", owner, nodeSystem),
    ).toEqual(whereSaved);
    expect(
      await findResolution(
        await at("a.jsonl", attempt("sent", "a"), failure("a", "rejected")),
        "a",
        owner,
        nodeSystem,
      ),
    ).toEqual({});
    expect(
      await findResolution(await at("a.jsonl", attempt("sent", "a"), saved("ab")), "a", owner, nodeSystem),
    ).toBeUndefined();
    expect(await findResolution(await at("a.jsonl", planned("a")), "a", owner, nodeSystem)).toEqual({});
  });

  it("takes an edit without an entry for one that was never sent only in its own journal", async () => {
    expect(await findResolution(await at("a.jsonl"), "a", owner, nodeSystem)).toEqual({});
    expect(await findResolution(await at("journal.jsonl"), "a", owner, nodeSystem)).toBeUndefined();
    expect(
      await findResolution(path.join(directory, "missing.jsonl"), "a", owner, nodeSystem),
    ).toBeUndefined();
    await writeFile(path.join(directory, "a.jsonl"), '{"type":"journal","version":2}\n');
    expect(await findResolution(path.join(directory, "a.jsonl"), "a", owner, nodeSystem)).toBeUndefined();
  });

  it("says nothing of the attempt of another machine, whose journal has the same path", async () => {
    const other = { ...owner, host: "other" };
    const file = await at("journal.jsonl", planned("a"), failure("a", "not-sent"));
    expect(await findResolution(file, "a", owner, nodeSystem)).toEqual({});
    expect(await findResolution(file, "a", other, nodeSystem)).toBeUndefined();
    expect(await findResolution(file, "a", undefined, nodeSystem)).toEqual({});
  });

  it("trusts the end of a long journal only where it cannot be contradicted", async () => {
    const rest = `${JSON.stringify({ type: "sent", id: "b", note: "x".repeat(100_000) })}\n`.repeat(180);
    for (const [entry, expected] of [
      [saved("a"), whereSaved],
      [{ type: "dismissed", id: "a" } as const, {}],
      [failure("a", "rejected"), undefined],
    ] as const) {
      const file = path.join(directory, "a.jsonl");
      await writeFile(file, `${journalHeader}${rest}${JSON.stringify(entry)}\n`);
      expect(await findResolution(file, "a", owner, nodeSystem)).toEqual(expected);
    }
  });
});

describe("errors of journals", () => {
  it("names the file and what to do", async () => {
    await writeFile(path.join(directory, "file"), "");
    const opening = openJournalBeforeSending(path.join(directory, "file", "j.jsonl"), nodeSystem);
    await expect(opening).rejects.toMatchObject({ code: "journal_not_writable", exitCode: 2 });
    await expect(opening).rejects.toThrow(
      /cannot be written to .*j\.jsonl: E\w+\. Nothing was sent\. .*RETOUCH_STATE_DIR/,
    );
    const reading = foldJournal(directory, undefined, nodeSystem);
    await expect(reading).rejects.toMatchObject({ code: "bad_journal", exitCode: 2 });
    await expect(reading).rejects.toThrow(
      /cannot be read \(EISDIR\)\. Nothing was sent\. Check the disk that it is on\.$/,
    );
  });

  it("advises no user to move a journal away that another user has written", async () => {
    const open = () => Promise.reject(Object.assign(new Error("denied"), { code: "EACCES" }));
    const denied = { ...nodeSystem, files: { ...nodeSystem.files, open } };
    await expect(foldJournal(path.join(directory, "j.jsonl"), undefined, denied)).rejects.toThrow(
      /cannot be read \(EACCES\)\. Nothing was sent\. Give yourself read access to it\.$/,
    );
  });

  it.each([
    ["{cut", "is not a journal of retouch"],
    ["null", "is not a journal of retouch"],
    ["1", "is not a journal of retouch"],
    ['{"version":1}', "is not a journal of retouch"],
    ['{"type":"journal"}', "is not a journal of retouch"],
    ['{"type":"saved","version":1}', "is not a journal of retouch"],
    ['{"type":"journal","version":"1"}', "has version 1"],
  ])("reads %s as no header", (line, why) => {
    expect(() => checkHeader("/j.jsonl", Buffer.from(line))).toThrow(
      `The journal /j.jsonl ${why}. Nothing was sent.`,
    );
    expect(() => checkHeader("/j.jsonl", Buffer.from(journalHeader))).not.toThrow();
  });

  it("has a reason also for an error without a code", () => {
    const error = journalNotWritable("/j.jsonl", new Error("odd"));
    expect(error.message).toContain("cannot be written to /j.jsonl: unknown reason. Nothing was sent.");
  });
});
