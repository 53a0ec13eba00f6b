import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EditRecord, isUnresolved } from "../journal/edit-record.ts";
import { foldJournal } from "../journal/fold-journal.ts";
import { openJournal } from "../journal/journal.ts";
import type { PlannedEntry } from "../journal/journal-entry.ts";
import { nodeSystem } from "../journal/node-system.ts";
import { hashFile } from "../journal/request-key.ts";
import { saveStored } from "./save-stored.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-recover-"));
});
afterEach(() => rm(directory, { recursive: true }));

const draw = (background: string) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer();

describe(saveStored, () => {
  /** Recovers an edit whose image is saved although another process had sent it again, from a stored response. */
  async function recover(
    response: Buffer | string,
    {
      name = "a.answer",
      output = { chunks: [path.join(directory, "out.png")] },
      last = name,
      ...more
    }: Partial<EditRecord> & {
      name?: string;
      output?: PlannedEntry["output"];
      /** Name of the response of the last attempt, which is sent. */
      last?: string;
    } = {},
  ) {
    const [out, responseFile] = [path.join(directory, "out.png"), path.join(directory, name)];
    await writeFile(out, await draw("#345"));
    const data = typeof response !== "string" && [{ b64_json: response.toString("base64") }];
    await writeFile(responseFile, data ? JSON.stringify({ created: 1, data }) : response);
    const count = data ? 1 : 2;
    const [request, server] = ["0".repeat(32), "https://images.example"];
    const plan = { id: "a", request, server, output, count, responseFile: last } as unknown as PlannedEntry;
    const files = [{ path: out, sha256: await hashFile(out, nodeSystem.files), byteLength: 1, mtimeMs: 1 }];
    const record: EditRecord = {
      id: "a",
      phase: "saved",
      hasEarlier: true,
      plan,
      paths: [out],
      files,
      ...more,
    };
    const system = {
      ...nodeSystem,
      stateDirectory: path.join(directory, "state"),
      workingDirectory: directory,
    };
    const journal = await openJournal(path.join(directory, "journal.jsonl"), system);
    await journal.write({ ...plan, type: "planned" });
    await journal.write({ type: "sent", id: "a", attempt: 1 });
    const stored = { record, plan, output, journal, responseFile };
    const report = await saveStored(stored, {}, () => undefined, system);
    await journal.close();
    const text = await readFile(journal.file, "utf8");
    const state = (await foldJournal(journal.file, undefined, system)).stateOf("a");
    const unresolved = state !== undefined && isUnresolved(state);
    return {
      report,
      unresolved,
      isSaved: text.includes('"saved"'),
      names: (await readdir(directory)).sort(),
    };
  }

  it("writes the image of an attempt that another process had made beside the saved one", async () => {
    const { report, isSaved, names } = await recover(await draw("#654"));
    expect([report.failure, isSaved]).toEqual([undefined, true]);
    expect(names).toEqual(["journal.jsonl", "out.png", "out~2.png", "state"]);
  });

  it("saves what an attempt with a response of its own has, also the same image", async () => {
    const { report, isSaved, names } = await recover(await draw("#345"), {
      name: `a.${"1".repeat(16)}.answer`,
    });
    expect([report.failure, isSaved]).toEqual([undefined, true]);
    expect(names).toEqual(["journal.jsonl", "out.png", "state"]);
  });

  it("does not take the images that one attempt wrote for those of another one", async () => {
    const { report, names } = await recover(await draw("#654"), {
      name: `a.${"2".repeat(16)}.answer`,
      phase: "failed",
      outcome: "billed",
      response: `a.${"1".repeat(16)}.answer`,
    });
    expect(report.images.map((image) => path.basename(image.path))).toEqual(["out~2.png"]);
    expect(names).toEqual(["journal.jsonl", "out.png", "out~2.png", "state"]);
  });

  it("leaves the broken response that an earlier process has kept beside its images", async () => {
    const b64_json = (await draw("#654")).toString("base64");
    const cut = `{"created":1,"data":[{"b64_json":"${b64_json}"},{"b64_json":"iVBORw0KGgo`;
    const keptNow = async () => (await readdir(directory)).filter((name) => name.endsWith(".broken"));
    await recover(cut, { phase: "sent", paths: [] });
    const kept = await keptNow();
    expect(kept).toHaveLength(1);
    const file = path.join(directory, "a-file");
    await writeFile(file, "");
    const output = { chunks: [path.join(file, "out.png")] };
    const { report } = await recover(cut, { phase: "sent", paths: [], output });
    expect(report.failure).toMatchObject({ exitCode: 11 });
    expect(await keptNow()).toEqual(kept);
  });

  it("says that a later attempt may be billed, and leaves the edit unresolved", async () => {
    const [name, last] = ["1", "2"].map((digit) => `a.${digit.repeat(16)}.answer`) as [string, string];
    const { report, unresolved } = await recover(await draw("#654"), {
      name,
      last,
      phase: "sent",
      paths: [],
    });
    expect(report.failure).toBeUndefined();
    expect(report.warnings).toMatchObject([{ code: "sent_again" }]);
    expect(unresolved).toBe(true);
    const alone = await recover(await draw("#654"), { name: last, phase: "sent", paths: [] });
    expect([alone.report.warnings, alone.unresolved]).toEqual([[], false]);
  });

  it("does not take the response of the saved attempt for that of the other one, which stays open", async () => {
    const { report, isSaved, names } = await recover(await draw("#345"));
    expect(report.failure).toMatchObject({ exitCode: 8, error: { outcome: "unknown", code: "sent_again" } });
    expect(isSaved).toBe(false);
    expect(names).toEqual(["journal.jsonl", "out.png", "state"]);
  });
});
