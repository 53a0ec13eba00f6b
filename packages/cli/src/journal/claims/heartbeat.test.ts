import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "../node-system.ts";
import type { LogFile, System } from "../system.ts";
import { isBeating, staleAfterMs, startHeartbeat, waitForBeat, writeExclusive } from "./heartbeat.ts";
import { parseOwner } from "./owner.ts";

let directory = "";
let file = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-heartbeat-"));
  file = path.join(directory, "claim");
});
afterEach(() => rm(directory, { recursive: true }));

const owner = { host: "h", boot: "b", pidNamespace: "p", pid: 7, startedAt: "10", token: "t", since: "" };

/** The real files, with a clock of the test: `beats` are the works that a timer repeats. */
function systemWith({ onSleep = () => undefined as unknown, beats = new Set<() => void>() } = {}): System {
  let nowMs = 0;
  return {
    ...nodeSystem,
    clock: {
      now: () => nowMs,
      async sleep(delayMs) {
        nowMs += delayMs;
        await onSleep();
      },
      every(_, work) {
        beats.add(work);
        return () => void beats.delete(work);
      },
    },
  };
}

describe(startHeartbeat, () => {
  it("touches an open file whatever its name is, and leaves its content", async () => {
    const beats = new Set<() => void>();
    const system = systemWith({ beats });
    const handle = await writeExclusive(file, "content", system);
    const stop = startHeartbeat(handle, Buffer.from("content"), system);
    await nodeSystem.files.rename(file, `${file}.moved`);
    for (const timeMs of [1000, 2000]) {
      await utimes(`${file}.moved`, timeMs / 1000, timeMs / 1000);
      for (const beat of beats) beat();
      await nextTouch(`${file}.moved`, timeMs);
    }
    await stop();
    await handle.close();
    expect(await readdir(directory)).toEqual(["claim.moved"]);
    expect(await readFile(`${file}.moved`, "utf8")).toBe("content");
    expect(beats.size).toBe(0);
  });

  it("ends with the beat in progress, also with one that fails", async () => {
    const beats = new Set<() => void>();
    let fail: (reason: Error) => void = () => undefined;
    const writing = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const handle = { write: () => writing } as unknown as LogFile;
    const stop = startHeartbeat(handle, Buffer.from("content"), systemWith({ beats }));
    for (const beat of beats) beat();
    let isStopped = false;
    const stopped = stop().then(() => {
      isStopped = true;
    });
    await nodeSystem.files.stat(directory);
    expect(isStopped).toBe(false);
    fail(new Error("disk full"));
    await stopped;
  });
});

/** Waits until the file's time is another one. */
async function nextTouch(name: string, beforeMs: number): Promise<void> {
  while ((await stat(name)).mtimeMs === beforeMs) await nodeSystem.files.stat(name);
}

describe(writeExclusive, () => {
  it("leaves the file of another owner as it is", async () => {
    await writeFile(file, "another");
    await expect(writeExclusive(file, "mine", nodeSystem)).rejects.toMatchObject({ code: "EEXIST" });
    expect(await readFile(file, "utf8")).toBe("another");
  });

  it.each(["writeFile", "sync"] as const)("leaves no file and none open when `%s` fails", async (method) => {
    for (const isGone of [false, true]) {
      let isOpen = false;
      const open: System["files"]["open"] = async (...given) => {
        const handle = await nodeSystem.files.open(...given);
        isOpen = true;
        const close = handle.close.bind(handle);
        handle[method] = async () => {
          if (isGone) await nodeSystem.files.unlink(file);
          throw new Error("disk full");
        };
        handle.close = async () => {
          isOpen = false;
          await close();
        };
        return handle;
      };
      const system = { ...nodeSystem, files: { ...nodeSystem.files, open } };
      await expect(writeExclusive(file, "mine", system)).rejects.toThrow("disk full");
      expect([isOpen, await readdir(directory)]).toEqual([false, []]);
    }
  });

  it("leaves the file of a process that takes the name while this one is stopped on a full disk", async () => {
    const theirs = JSON.stringify({ ...owner, token: "theirs" });
    const open: System["files"]["open"] = async (...given) => {
      const handle = await nodeSystem.files.open(...given);
      handle.sync = () => Promise.reject(new Error("disk full"));
      return handle;
    };
    const rename: System["files"]["rename"] = async (...given) => {
      await rm(file);
      await writeFile(file, theirs);
      await nodeSystem.files.rename(...given);
    };
    const unlink: System["files"]["unlink"] = async (name) => {
      if (name === file) await writeFile(file, theirs);
      await nodeSystem.files.unlink(name);
    };
    const system = { ...nodeSystem, files: { ...nodeSystem.files, open, rename, unlink } };
    await expect(writeExclusive(file, JSON.stringify(owner), system)).rejects.toThrow("disk full");
    expect(await readdir(directory)).toEqual([path.basename(file)]);
    expect(await readFile(file, "utf8")).toBe(theirs);
  });
});

describe(parseOwner, () => {
  it("is an owner only with a process and a token", () => {
    expect(parseOwner(JSON.stringify(owner))).toEqual(owner);
    for (const text of ["", '{"pid":', "null", "7", '"pid"', "{}", '{"pid":7}', '{"token":"t"}'])
      expect(parseOwner(text)).toBeUndefined();
  });
});

describe(isBeating, () => {
  it("is recent for a minute by the time of the file system, and else waits for the next one", async () => {
    await writeFile(file, "");
    const { mtimeMs } = await stat(file);
    const system = systemWith();
    const at = (ageMs: number) => isBeating(file, mtimeMs, mtimeMs + ageMs, system);
    expect([await at(-90_000), await at(staleAfterMs - 1), await at(staleAfterMs)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(system.clock.now()).toBe(0);
    expect(await isBeating(file, mtimeMs, undefined, system)).toBe(false);
    expect(await isBeating(file, mtimeMs, undefined, systemWith({ onSleep: () => utimes(file, 9, 9) }))).toBe(
      true,
    );
  });
});

describe(waitForBeat, () => {
  it("is true once the time of the file changes, or the file is gone", async () => {
    await writeFile(file, "");
    for (const change of [() => utimes(file, 9, 9), () => rm(file)]) {
      const { mtimeMs } = await stat(file);
      let sleeps = 0;
      const onSleep = async () => {
        sleeps++;
        if (sleeps === 3) await change();
      };
      expect(await waitForBeat(file, mtimeMs, systemWith({ onSleep }))).toBe(true);
      expect(sleeps).toBe(3);
    }
  });

  it("is false after two beats that did not come, and waits for a late second one", async () => {
    await writeFile(file, "");
    const { mtimeMs } = await stat(file);
    const system = systemWith();
    expect(await waitForBeat(file, mtimeMs, system)).toBe(false);
    expect(system.clock.now()).toBe(10_000);
    const late: System = systemWith({ onSleep: () => late.clock.now() === 10_000 && utimes(file, 9, 9) });
    expect(await waitForBeat(file, mtimeMs, late)).toBe(true);
  });
});
