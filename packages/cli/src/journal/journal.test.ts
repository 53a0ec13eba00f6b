import { appendFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { editRecords } from "./edit-record.ts";
import { openJournal, parseJournal, readJournal } from "./journal.ts";

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
    const entries = await readJournal(journal.file);
    expect(entries.map(({ id }) => id)).toEqual(Array.from({ length: 300 }, (_, at) => `${at}`));
  });

  it.skipIf(process.platform === "win32")("creates a file that only its owner can read", async () => {
    const journal = await openJournal(path.join(directory, "j.jsonl"));
    await journal.close();
    expect((await stat(journal.file)).mode & 0o777).toBe(0o600);
  });

  it("starts a new line after one that a crash cut", async () => {
    const file = path.join(directory, "j.jsonl");
    await appendFile(file, '{"type":"sent","id":"torn');
    const journal = await openJournal(file);
    await journal.write({ type: "sent", id: "whole", attempt: 1 });
    await journal.close();
    expect((await readJournal(file)).map(({ id }) => id)).toEqual(["whole"]);
  });

  it("rejects a write that the disk refuses", async () => {
    const journal = await openJournal(path.join(directory, "j.jsonl"));
    await journal.close();
    await expect(journal.write({ type: "sent", id: "a", attempt: 1 })).rejects.toThrow();
  });
});

describe(parseJournal, () => {
  it("never throws, and finds complete lines around any damage", () => {
    const line = JSON.stringify({ type: "sent", id: "x", attempt: 1 });
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const text = `${before.replaceAll("\n", " ")}\n${line}\n${after}`;
        expect(parseJournal(text).some(({ id }) => id === "x")).toBe(true);
      }),
    );
  });

  it("reads a cut journal up to its last complete line", () => {
    const lines = ["a", "b"].map((id) => JSON.stringify({ type: "sent", id, attempt: 1 }));
    const text = lines.map((line) => `${line}\n`).join("");
    for (let cut = 0; cut <= text.length; cut++) {
      const complete = ["a", "b"].filter((_, at) => cut >= lines.slice(0, at + 1).join("\n").length);
      expect(parseJournal(text.slice(0, cut)).map(({ id }) => id)).toEqual(complete);
    }
  });
});

describe(editRecords, () => {
  it("marks an edit as unknown once it is sent", () => {
    const records = editRecords([{ type: "sent", id: "a", attempt: 1 }]);
    expect(records.get("a")).toMatchObject({ phase: "sent", outcome: "unknown" });
  });

  it("marks an edit that waits for a retry as not sent", () => {
    const records = editRecords([
      { type: "sent", id: "a", attempt: 1 },
      { type: "refused", id: "a", attempt: 1 },
    ]);
    expect(records.get("a")).toMatchObject({ phase: "refused", outcome: "not-sent" });
  });
});
