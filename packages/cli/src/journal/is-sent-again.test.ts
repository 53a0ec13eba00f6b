import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isSentAgain } from "./is-sent-again.ts";
import { nodeSystem } from "./node-system.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-again-"));
});
afterEach(() => rm(directory, { recursive: true }));

const nameOf = (host: string) => `row.${host.repeat(8)}.answer`;
const planned = (host: string) => ({ type: "planned", responseFile: `/state/${nameOf(host)}` });
const failed = (outcome: string, host?: string) => ({
  type: "failed",
  outcome,
  response: host && nameOf(host),
});
const saved = (host: string) => ({ type: "saved", response: nameOf(host) });
const [sent, task, refused, dismissed] = ["sent", "task", "refused", "dismissed"].map((type) => ({ type }));
// Hexadecimal digits, as names have them.
const [here, there, third] = ["aa", "bb", "cc"];
const own = [planned(here), sent];

describe(isSentAgain, () => {
  it.each<[boolean, string, readonly unknown[]]>([
    [false, "no other attempt has a plan", [...own, saved(here)]],
    [false, "this attempt has the last plan", [planned(there), sent, ...own, saved(here)]],
    [true, "the other attempt is open", [...own, planned(there), sent, saved(here)]],
    [true, "the other one is about to send", [...own, planned(there), saved(here)]],
    [true, "the other attempt is a task", [...own, planned(there), sent, task, saved(here)]],
    [true, "the other attempt may be billed", [...own, planned(there), sent, failed("unknown"), saved(here)]],
    [true, "the other image is not written", [...own, planned(there), failed("billed", there), saved(here)]],
    [
      true,
      "only this one was rejected",
      [...own, planned(there), sent, failed("rejected", here), saved(here)],
    ],
    [true, "one of two others is open", [...own, planned(there), sent, planned(third), refused, saved(here)]],
    [
      false,
      "the other attempt was rejected",
      [...own, planned(there), sent, failed("rejected"), saved(here)],
    ],
    [false, "the other attempt was refused", [...own, planned(there), sent, refused, saved(here)]],
    [false, "the other one has saved it too", [...own, planned(there), sent, saved(there), saved(here)]],
    [false, "a person has dismissed it", [...own, planned(there), sent, dismissed, saved(here)]],
  ])("returns %s if %s", async (expected, _, entries) => {
    const file = path.join(directory, "journal.jsonl");
    const lines = entries.map((entry) => JSON.stringify({ id: "row", ...(entry as object) }));
    const others = [planned(there), sent].map((entry) => JSON.stringify({ id: "another row", ...entry }));
    await writeFile(file, ['{"type":"journal","version":1}', ...lines, ...others, ""].join("\n"));
    expect(await isSentAgain(file, "row", nameOf(here), nodeSystem)).toBe(expected);
  });

  it("takes a journal that cannot be read for one that says so", async () => {
    expect(await isSentAgain(path.join(directory, "missing.jsonl"), "row", nameOf(here), nodeSystem)).toBe(
      true,
    );
  });
});
