import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { nodeSystem } from "@retouch/cli/journal";
import { expect, it, onTestFinished } from "vitest";
import { openLocalState } from "./local-state.ts";
import { removeOutbox } from "./open-rows.ts";

it("leaves the outbox of another attempt, into which a worker that woke may write its image", async () => {
  const stateDirectory = await mkdtemp(path.join(tmpdir(), "retouch-open-rows-"));
  onTestFinished(() => rm(stateDirectory, { recursive: true }));
  const system = { ...nodeSystem, stateDirectory };
  const { files, close } = await openLocalState("q", false, system);
  onTestFinished(close);
  const key = "k";
  for (const token of ["first", "second"])
    await mkdir(path.join(files.outbox(key, token), "out"), { recursive: true });
  await removeOutbox({ key, token: "second" }, files, system);
  const left = await readdir(files.outboxes(key), { recursive: true });
  expect(left.sort()).toEqual(["first", path.join("first", "out")]);
  await removeOutbox({ key, token: "gone", resumedBy: "first" }, files, system);
  expect(await readdir(path.join(files.directory, "outbox"))).toEqual([]);
});
