import { appendFile, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compactJournal } from "./compact-journal.ts";
import { type EditState, isUnresolved, nextState } from "./edit-record.ts";
import { foldJournal } from "./fold-journal.ts";
import { openJournal } from "./journal.ts";
import type { JournalEntry, PlannedEntry } from "./journal-entry.ts";
import { nodeSystem } from "./system.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-journal-"));
});
afterEach(() => rm(directory, { recursive: true }));

describe(openJournal, () => {
  it("writes concurrent entries as complete lines", async () => {
    const journal = await openJournal(path.join(directory, "deep", "j.jsonl"));
    await Promise.all(
      Array.from({ length: 300 }, (_, at) => journal.write({ type: "sent", id: `${at}`, attempt: 1 })),
    );
    await journal.close();
    const folded = await foldJournal(journal.file);
    expect([folded.size, folded.lineCount]).toEqual([300, 300]);
  });

  it.skipIf(process.platform === "win32")("creates a file that only its owner can read", async () => {
    const journal = await openJournal(path.join(directory, "j.jsonl"));
    await journal.close();
    expect((await stat(journal.file)).mode & 0o777).toBe(0o600);
  });

  it("starts a new line after one that a crash cut", async () => {
    const file = path.join(directory, "j.jsonl");
    await appendFile(file, '{"type":"journal","version":1}\n{"type":"sent","id":"torn');
    const journal = await openJournal(file);
    await journal.write({ type: "sent", id: "complete", attempt: 1 });
    await journal.close();
    const folded = await foldJournal(file);
    expect([folded.size, folded.stateOf("complete")?.phase]).toEqual([1, "sent"]);
  });

  it("starts anew when a crash cut the first line", async () => {
    const file = path.join(directory, "j.jsonl");
    await appendFile(file, '{"type":"jour');
    const journal = await openJournal(file);
    await journal.write({ type: "sent", id: "a", attempt: 1 });
    await journal.close();
    expect((await foldJournal(file)).size).toBe(1);
  });

  it("rejects a write that the disk refuses", async () => {
    const journal = await openJournal(path.join(directory, "j.jsonl"));
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
        expect((await foldJournal(file)).stateOf("x")).toMatchObject({ phase: "sent" });
      }),
      { numRuns: 50 },
    );
  });

  it("reads a cut journal up to its last complete line", async () => {
    const text = `${header}${sent("a")}\n${sent("b")}\n`;
    for (let cut = 0; cut <= text.length; cut += 7) {
      const folded = await foldJournal(await write(text.slice(0, cut)));
      const complete = text.slice(0, cut).split("\n").length - 2;
      expect(folded.size).toBe(Math.max(0, complete));
    }
  });

  it("reads what another process appends, once", async () => {
    const file = await write(`${header}${sent("a")}\n`);
    const folded = await foldJournal(file);
    await appendFile(file, `${sent("b")}\n`);
    await Promise.all([folded.refresh(), folded.refresh(), folded.refresh()]);
    expect([folded.size, folded.lineCount]).toEqual([2, 2]);
  });

  it.each([
    ["a journal of another version", '{"type":"journal","version":2}\n', "has version 2"],
    ["a file that is not a journal", "image,prompt\na.png,x\n", "is not a journal"],
  ])("rejects %s", async (_, text, message) => {
    await expect(foldJournal(await write(text))).rejects.toThrow(message);
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
    const journal = await openJournal(path.join(directory, "j.jsonl"));
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
    const before = await foldJournal(journal.file);
    expect(await compactJournal(before)).toBe(true);
    for (const folded of [before, await foldJournal(journal.file)])
      expect(await folded.read("open")).toMatchObject({
        phase: "pending",
        task,
        requestId: "req_1",
        plan: { id: "open" },
      });
  });
});
