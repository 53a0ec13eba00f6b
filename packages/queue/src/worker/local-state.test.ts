import { appendFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { nodeSystem } from "@retouch/cli/journal";
import { describe, expect, it, onTestFinished } from "vitest";
import { openLocalState } from "./local-state.ts";

/** More lines about one edit than a journal of the least size that is made smaller. */
const manyLines = 2 ** 15;

describe(openLocalState, () => {
  it("makes a large journal smaller when it is closed, unless another process has taken it over", async () => {
    const stateDirectory = await mkdtemp(path.join(tmpdir(), "retouch-local-state-"));
    onTestFinished(() => rm(stateDirectory, { recursive: true }));
    const open = () => openLocalState("q", false, { ...nodeSystem, stateDirectory });
    const woken = await open();
    const { journal, directory } = woken.files;
    await woken.journal.write({ type: "saved", id: "a", files: [] });
    const [, line = ""] = (await readFile(journal, "utf8")).split("\n");
    await appendFile(journal, `${line}\n`.repeat(manyLines));
    const { size } = await stat(journal);
    await rm(path.join(directory, "lock"));
    const taker = await open();
    expect(taker.files.directory).toBe(directory);
    await woken.close();
    await taker.journal.write({ type: "dismissed", id: "b" });
    expect(await readFile(journal, "utf8")).toContain('"id":"b"');
    expect((await stat(journal)).size).toBeGreaterThan(size);
    await taker.close();
    expect((await stat(journal)).size).toBeLessThan(1_000);
    expect(await readFile(journal, "utf8")).toContain('"id":"b"');
  });
});
