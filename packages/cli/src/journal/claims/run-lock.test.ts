import { mkdtemp, readdir, readFile, rm, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "../node-system.ts";
import type { System } from "../system.ts";
import { staleAfterMs } from "./heartbeat.ts";
import type { Owner, ProcessIdentity } from "./owner.ts";
import { lockOwner, type RunLock, takeLock } from "./run-lock.ts";

const me: ProcessIdentity = { host: "h", boot: "b", pidNamespace: "p", pid: 1 };
const other: Owner = { ...me, pid: 2, token: "theirs", since: "2026-01-01T00:00:00.000Z" };
const options = { what: "This batch", takeOverFlag: "--take-over" };

let directory: string;
let file: string;
let running: Set<number>;
const locks: RunLock[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-lock-"));
  file = path.join(directory, "run.lock");
  running = new Set([1, 2]);
});
afterEach(async () => {
  for (const lock of locks.splice(0)) await lock.release();
  await rm(directory, { recursive: true });
});

/** The real files, with processes of the test and without a heartbeat. */
const systemOf = (files: Partial<System["files"]> = {}): System => ({
  ...nodeSystem,
  clock: { ...nodeSystem.clock, every: () => () => undefined },
  processes: { describe: async () => me, look: async (pid) => ({ runs: running.has(pid) }) },
  files: { ...nodeSystem.files, ...files },
});
const system = systemOf();

async function take(more: object = {}, within = system): Promise<RunLock> {
  const lock = await takeLock(file, { ...options, ...more }, within);
  locks.push(lock);
  return lock;
}
const lockOfOther = () => writeFile(file, JSON.stringify(other));
const age = async (name: string, byMs: number) => {
  const { mtimeMs } = await stat(name);
  await utimes(name, new Date(mtimeMs), new Date(mtimeMs - byMs));
};
const fail = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

describe(takeLock, () => {
  it("writes who holds it, and leaves nothing behind", async () => {
    file = path.join(directory, "deep", "run.lock");
    const lock = await take();
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
      ...me,
      token: lock.owner.token,
      since: lock.owner.since,
    });
    expect(await readdir(path.dirname(file))).toEqual(["run.lock"]);
    expect(await lockOwner(file, system)).toEqual(lock.owner);
    expect(await lock.isHeld()).toBe(true);
    await locks.pop()?.release();
    expect(await readdir(path.dirname(file))).toEqual([]);
    expect(await lockOwner(file, system)).toBeUndefined();
  });

  it("is refused while another run holds it, and says who and what to do", async () => {
    await lockOfOther();
    const taking = take();
    await expect(taking).rejects.toMatchObject({ code: "locked", exitCode: 2 });
    await expect(taking).rejects.toThrow(
      "This batch is being run by process 2 on h since 2026-01-01T00:00:00.000Z. Nothing was sent. " +
        "Wait for it to end, or take over with `--take-over` if you know that it has ended. " +
        "Without a sign of life its lock expires after a minute.",
    );
    await expect(take({ takeOverFlag: undefined })).rejects.toThrow("Wait for it to end. Without");
    expect(await readdir(directory)).toEqual(["run.lock"]);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(other);
  });

  it("is taken from a process that has ended, and by a run that asks for it", async () => {
    await lockOfOther();
    running.delete(2);
    expect(await lockOwner(file, system)).toBeUndefined();
    await take();
    await locks.pop()?.release();
    running.add(2);
    await lockOfOther();
    const lock = await take({ takeOver: true });
    expect(await lockOwner(file, system)).toEqual(lock.owner);
    expect(await readdir(directory)).toEqual(["run.lock"]);
  });

  it.each([
    [staleAfterMs, true],
    [staleAfterMs - 10_000, false],
  ])("of a process that has shown no sign of life for %d ms is free: %s", async (ageMs, isFree) => {
    await lockOfOther();
    await age(file, ageMs);
    expect((await lockOwner(file, system)) === undefined).toBe(isFree);
    const taking = take();
    await (isFree ? taking : expect(taking).rejects.toThrow("process 2"));
  });

  it("is as old as the file system says, whose clock this machine does not have", async () => {
    await lockOfOther();
    const at = (byMs: number) =>
      lockOwner(file, { ...system, clock: { ...system.clock, now: () => Date.now() + byMs } });
    expect(await at(3_600_000)).toEqual(other);
    await age(file, staleAfterMs);
    expect(await at(-3_600_000)).toBeUndefined();
    expect(await readdir(directory)).toEqual(["run.lock"]);
    // Where nothing can be created, the next heartbeat shows it.
    const slow = { ...system, clock: { ...system.clock, sleep: async () => undefined } };
    const files = { ...system.files, open: fail("EROFS") };
    expect(await lockOwner(file, { ...slow, files })).toBeUndefined();
    const sleep = () => utimes(file, 9, 9);
    expect(await lockOwner(file, { ...slow, clock: { ...slow.clock, sleep }, files })).toEqual(other);
  });

  it("is taken from a file that is not a lock", async () => {
    for (const text of ["", "{cut", "{}"]) {
      await writeFile(file, text);
      expect(await lockOwner(file, system)).toBeUndefined();
      expect(await (await take()).isHeld()).toBe(true);
      await locks.pop()?.release();
    }
  });

  it("stays with the run that took it over", async () => {
    const lock = await take();
    await lockOfOther();
    expect(await lock.isHeld()).toBe(false);
    await locks.pop()?.release();
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(other);
    await unlink(file);
    expect(await lock.isHeld()).toBe(false);
  });

  it("stays with a run that takes it over while the one that releases it is stopped", async () => {
    const steps: string[] = [];
    const before = async (step: string) => {
      steps.push(step);
      if (steps.length > 1) return;
      await unlink(file);
      await lockOfOther();
    };
    const { files } = nodeSystem;
    const stopped = systemOf({
      rename: async (...given) => {
        if (given[0] === file) await before("rename");
        await files.rename(...given);
      },
      unlink: async (name) => {
        if (name === file) await before("unlink");
        await files.unlink(name);
      },
    });
    await take({}, stopped);
    await locks.pop()?.release();
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(other);
    expect(await readdir(directory)).toEqual(["run.lock"]);
  });

  it("is refused after five rounds in which others were faster", async () => {
    let rounds = 0;
    const link = async () => {
      rounds += 1;
      await lockOfOther();
      running.delete(2);
      return fail("EEXIST")();
    };
    await expect(take({}, systemOf({ link }))).rejects.toThrow(
      "is being run by another process. Nothing was sent.",
    );
    expect(rounds).toBe(5);
    expect(await readdir(directory)).toEqual([]);
  });

  it("is refused to a process that was stopped until its own file was removed", async () => {
    await expect(take({}, systemOf({ link: fail("ENOENT") }))).rejects.toMatchObject({ code: "locked" });
    await expect(take({}, systemOf({ link: fail("EPERM") }))).rejects.toMatchObject({ code: "EPERM" });
    expect(await readdir(directory)).toEqual([]);
  });

  it("is not taken where nothing can be written", async () => {
    const error = { code: "journal_not_writable", exitCode: 2 };
    await expect(take({}, systemOf({ makeDirectory: fail("EROFS") }))).rejects.toMatchObject(error);
    await expect(take({}, systemOf({ open: fail("ENOSPC") }))).rejects.toThrow("ENOSPC");
  });

  it("removes what runs left that were killed while they took it, and nothing else", async () => {
    running.delete(2);
    const ended = JSON.stringify(other);
    const alive = JSON.stringify({ ...other, pid: 1 });
    await writeFile(`${file}.ended`, ended);
    await writeFile(`${file}.alive`, alive);
    await writeFile(`${file}.odd`, "{cut");
    await writeFile(path.join(directory, "x.run.lock."), ended);
    await take();
    const left = ["run.lock", "run.lock.alive", "run.lock.odd", "x.run.lock."];
    expect((await readdir(directory)).sort()).toEqual(left);
    await locks.pop()?.release();
    await take({}, systemOf({ readdir: fail("EACCES") }));
  });
});
