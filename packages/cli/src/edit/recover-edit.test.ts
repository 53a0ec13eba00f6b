import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EditRecord } from "../journal/edit-record.ts";
import { openJournal } from "../journal/journal.ts";
import type { PlannedEntry } from "../journal/journal-entry.ts";
import { nodeSystem } from "../journal/node-system.ts";
import { hashFile } from "../journal/request-key.ts";
import { saveStored } from "./recover-edit.ts";

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
  async function recover(response: Buffer) {
    const [out, responseFile] = ["out.png", "a.answer"].map((name) => path.join(directory, name)) as [
      string,
      string,
    ];
    await writeFile(out, await draw("#345"));
    await writeFile(
      responseFile,
      JSON.stringify({ created: 1, data: [{ b64_json: response.toString("base64") }] }),
    );
    const plan = {
      id: "a",
      request: "0".repeat(32),
      server: "https://images.example",
      output: { chunks: [out] },
      count: 1,
    } as unknown as PlannedEntry;
    const files = [{ path: out, sha256: await hashFile(out, nodeSystem.files), byteLength: 1, mtimeMs: 1 }];
    const record: EditRecord = { id: "a", phase: "saved", hasEarlier: true, plan, paths: [out], files };
    const system = {
      ...nodeSystem,
      stateDirectory: path.join(directory, "state"),
      workingDirectory: directory,
    };
    const journal = await openJournal(path.join(directory, "journal.jsonl"), system);
    const stored = { record, plan, output: plan.output, journal, responseFile, isHeld: undefined };
    const report = await saveStored(stored, {}, () => undefined, system);
    await journal.close();
    const text = await readFile(journal.file, "utf8");
    return { report, isSaved: text.includes('"saved"'), names: (await readdir(directory)).sort() };
  }

  it("writes the image of an attempt that another process had made beside the saved one", async () => {
    const { report, isSaved, names } = await recover(await draw("#654"));
    expect([report.failure, isSaved]).toEqual([undefined, true]);
    expect(names).toEqual(["journal.jsonl", "out.png", "out~2.png", "state"]);
  });

  it("does not take the response of the saved attempt for that of the other one, which stays open", async () => {
    const { report, isSaved, names } = await recover(await draw("#345"));
    expect(report.failure).toMatchObject({ exitCode: 8, error: { outcome: "unknown", code: "sent_again" } });
    expect(isSaved).toBe(false);
    expect(names).toEqual(["journal.jsonl", "out.png", "state"]);
  });
});
