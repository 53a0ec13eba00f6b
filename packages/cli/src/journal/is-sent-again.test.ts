import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isSentAgain } from "./is-sent-again.ts";
import { nodeSystem } from "./node-system.ts";
import type { System } from "./system.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-again-"));
});
afterEach(() => rm(directory, { recursive: true }));

const self = { host: "here", pid: 1 };
const system: System = { ...nodeSystem, processes: { ...nodeSystem.processes, describe: async () => self } };
const planned = (host: string) => ({ type: "planned", owner: { ...self, host } });
const failed = (outcome: string) => ({ type: "failed", outcome });
const [sent, task, refused, saved] = ["sent", "task", "refused", "saved"].map((type) => ({ type }));
const own = [planned("here"), sent];

describe(isSentAgain, () => {
  it.each<[boolean, string, readonly unknown[]]>([
    [false, "no other process has a plan", [...own, saved]],
    [false, "this process has the last plan", [planned("there"), sent, ...own, saved]],
    [true, "the other attempt is open", [...own, planned("there"), sent, saved]],
    [true, "the other one is about to send", [...own, planned("there"), saved]],
    [true, "the other attempt is a task", [...own, planned("there"), sent, task, saved]],
    [true, "the other attempt may be billed", [...own, planned("there"), sent, failed("unknown"), saved]],
    [true, "the other image could not be written", [...own, planned("there"), failed("billed"), saved]],
    [false, "the other attempt was rejected", [...own, planned("there"), sent, failed("rejected"), saved]],
    [false, "the other attempt was refused", [...own, planned("there"), sent, refused, saved]],
    [false, "the other one has saved it too", [...own, planned("there"), sent, saved, saved]],
  ])("returns %s if %s", async (expected, _, entries) => {
    const file = path.join(directory, "journal.jsonl");
    const lines = entries.map((entry) => JSON.stringify({ id: "row", ...(entry as object) }));
    const others = [planned("there"), sent].map((entry) => JSON.stringify({ id: "another row", ...entry }));
    await writeFile(file, ['{"type":"journal","version":1}', ...lines, ...others, ""].join("\n"));
    expect(await isSentAgain(file, "row", system)).toBe(expected);
  });

  it("takes a journal that cannot be read for one that says so", async () => {
    expect(await isSentAgain(path.join(directory, "missing.jsonl"), "row", system)).toBe(true);
  });
});
