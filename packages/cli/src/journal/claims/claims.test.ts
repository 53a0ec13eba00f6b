import { readFileSync, readlinkSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CliError } from "../../errors/cli-error.ts";
import { nodeSystem } from "../node-system.ts";
import type { System } from "../system.ts";
import { isStillInFlight, readClaim, removeOwn } from "./claim-file.ts";
import { type Claim, type FindResolution, openClaims } from "./claims.ts";
import { staleAfterMs } from "./heartbeat.ts";
import { livenessOf, nodeProcesses, type ProcessIdentity } from "./owner.ts";

const request = "0123456789abcdef0123456789abcdef";
const me: ProcessIdentity = { host: "h", boot: "b", pidNamespace: "p", pid: 1, startedAt: "10" };
const first = { request, id: "one", journal: "/j/one" };
const second = { request, id: "two", journal: "/j/two" };

let directory: string;
let running: Map<number, string>;
let beats: (() => void)[];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-claims-"));
  running = new Map([[1, "10"]]);
  beats = [];
});
afterEach(async () => {
  // The files of claims whose process has ended are open in this one.
  for (const claim of ended.splice(0)) await claim.close("unresolved");
  await rm(directory, { recursive: true });
});
const ended: Claim[] = [];

/** The real files, with processes and a clock of the test. */
const systemOf = (identity: ProcessIdentity, onSleep: () => unknown = () => undefined): System => ({
  ...nodeSystem,
  clock: {
    now: Date.now,
    sleep: async () => void (await onSleep()),
    every(_, work) {
      beats.push(work);
      return () => undefined;
    },
  },
  processes: {
    describe: async () => identity,
    look: async (pid) => ({ runs: running.has(pid), startedAt: running.get(pid) }),
  },
});

const open = (
  findResolution: FindResolution = async () => undefined,
  identity = me,
  onSleep?: () => unknown,
) =>
  openClaims(
    [path.join(directory, "a"), path.join(directory, "b")],
    findResolution,
    systemOf(identity, onSleep),
  );

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: CliError) => error.code,
  );
const filesIn = async (name: string) => readdir(path.join(directory, name, "0")).catch(() => []);
const once = { retryUnknown: false };

describe(openClaims, () => {
  it("claims a request in each directory before it is sent, with its owner and all of its files", async () => {
    const claim = await open().acquire(first, once);
    const files = ["a", "b"].map((name) => path.join(directory, name, "0", `${request}.one`));
    for (const file of files) {
      const content = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
      expect(content).toMatchObject({ ...me, journal: "/j/one", files });
      expect(content["token"]).toMatch(/^[\da-f]{32}$/);
      expect(Date.parse(String(content["since"]))).toBeGreaterThan(0);
      expect(content["state"]).toBe("held");
    }
    expect(beats).toHaveLength(2);
    await claim.close("saved");
    expect([await filesIn("a"), await filesIn("b")]).toEqual([[], []]);
  });

  it.each([
    ["saved", 0],
    ["not-billed", 0],
    ["unresolved", 1],
  ] as const)("leaves %s requests with %i claims", async (end, count) => {
    await (await open().acquire(first, once)).close(end);
    expect(await filesIn("a")).toHaveLength(count);
    const [found] = await open().find(request);
    expect(found?.content?.state).toBe(count === 0 ? undefined : "left");
    expect(found?.inFlight).toBe(count === 0 ? undefined : false);
  });

  it("sends nothing while an edit with the same request is unresolved, and says which", async () => {
    await (await open().acquire(first, once)).close("unresolved");
    // Even if the journal would show it as resolved: the process that sent it knew better.
    const error = await open(async () => ({}))
      .acquire(second, once)
      .catch((reason: CliError) => reason);
    expect(error).toMatchObject({ code: "unresolved_edit", exitCode: 2 });
    expect((error as CliError).message).toMatch(
      /^The same edit was sent before and may be billed: one\. .*retouch recover one.*--dismiss one/,
    );
    expect(await filesIn("a")).toEqual([`${request}.one`]);
    const claim = await open().acquire(second, { retryUnknown: true });
    await claim.close("saved");
  });

  it("sends nothing while a running process resends a request that may be billed", async () => {
    await (await open().acquire(first, once)).close("unresolved");
    // The same row of a copy: its claim takes the place of the first one.
    const resent = await open().acquire({ ...first, journal: "/j/copy" }, { retryUnknown: true });
    for (const isSent of [false, true]) {
      if (isSent) await resent.markSent();
      expect(await codeOf(open().acquire(second, once)), `sent: ${isSent}`).toBe("unresolved_edit");
    }
    await resent.close("saved");
    await (await open().acquire(second, once)).close("saved");
  });

  it("lets rows of one manifest have the same request, also when one of them is unresolved", async () => {
    await (await open().acquire({ ...first, id: "zero" }, once)).close("unresolved");
    await (await open().acquire({ ...second, journal: first.journal }, once)).close("saved");
    await open().resolve(request, "zero");
    const claim = await open().acquire(first, once);
    const variant = await open().acquire({ ...second, journal: first.journal }, once);
    expect(await filesIn("a")).toHaveLength(2);
    await claim.close("saved");
    await variant.close("saved");
  });

  it("lets them also when another machine, whose journal has the same path, left one unresolved", async () => {
    const there = open(undefined, { ...me, host: "there" });
    await (await there.acquire(first, once)).close("unresolved");
    // The same row blocks, on any machine.
    expect(await codeOf(open().acquire(first, once))).toBe("unresolved_edit");
    await (await open().acquire({ ...second, journal: first.journal }, once)).close("saved");
    expect((await open().find(request)).map(({ id }) => id)).toEqual(["one", "one"]);
  });

  it("lets another process that runs send the same request, which its owner started deliberately", async () => {
    const claim = await open().acquire(first, once);
    const other = await open().acquire(second, once);
    expect(await filesIn("b")).toHaveLength(2);
    await claim.close("saved");
    await other.close("saved");
  });

  it("refuses the same row while a process that runs sends it", async () => {
    const claim = await open().acquire(first, once);
    expect(await codeOf(open().acquire(first, once))).toBe("in_flight");
    expect(await codeOf(open().acquire(first, { retryUnknown: true }))).toBe("in_flight");
    await expect(open().acquire(first, once)).rejects.toThrow("Another process is sending this row.");
    await claim.close("saved");
  });

  it.each([
    ["resolved", {}, undefined],
    ["not resolved", undefined, "unresolved_edit"],
  ] as const)("reads the journal of a process that ended: %s", async (_, resolution, code) => {
    ended.push(await open(undefined, { ...me, pid: 2 }).acquire(first, once));
    const seen: string[] = [];
    const claims = open(async ({ id, content }) => {
      seen.push(`${id} ${content?.journal}`);
      return resolution;
    });
    const acquired = claims.acquire(second, once).then((claim) => void ended.push(claim));
    expect(await codeOf(acquired)).toBe(code);
    expect(seen.slice(0, 1)).toEqual(["one /j/one"]);
    expect(await filesIn("a")).toEqual(resolution ? [`${request}.two`] : [`${request}.one`]);
  });

  it("takes over its own row from a process that ended, and keeps that it may be billed", async () => {
    ended.push(await open(undefined, { ...me, pid: 2 }).acquire(first, once));
    expect(await codeOf(open().acquire(first, once))).toBe("unresolved_edit");
    const again = await open().acquire(first, { retryUnknown: true });
    expect(again.hasEarlier).toBe(true);
    // The first attempt may still be billed, whatever the second one was.
    await again.close("not-billed");
    expect((await open().find(request)).map(({ content }) => content?.state)).toEqual(["left", "left"]);
    const last = await open().acquire(first, { retryUnknown: true });
    await last.close("saved");
    expect(await open().find()).toEqual([]);
  });

  it("takes over its own row without a doubt when the journal shows that nothing was billed", async () => {
    ended.push(await open(undefined, { ...me, pid: 2 }).acquire(first, once));
    const again = await open(async () => ({})).acquire(first, once);
    expect(again.hasEarlier).toBe(false);
    await again.close("not-billed");
    expect(await open().find()).toEqual([]);
  });

  it("counts a process that cannot be seen as running only while its claim beats", async () => {
    ended.push(await open(undefined, { ...me, boot: "other", pid: 7 }).acquire(first, once));
    const file = path.join(directory, "a", "0", `${request}.one`);
    let sleeps = 0;
    expect(await codeOf(open(undefined, me, () => (sleeps += 1)).acquire(first, once))).toBe(
      "unresolved_edit",
    );
    expect(sleeps).toBe(20);
    const beat = () => utimes(file, new Date(), new Date(Date.now() + 1000));
    expect(await codeOf(open(undefined, me, beat).acquire(first, once))).toBe("in_flight");
  });

  it.each([
    ["ahead of", 3_600_000],
    ["behind", -3_600_000],
  ])(
    "takes a process that beats for one that runs by a clock that is %s that of the files",
    async (_, byMs) => {
      const far = { ...me, boot: "other", pid: 7 };
      const there = await open(undefined, far).acquire(first, once);
      const file = path.join(directory, "a", "0", `${request}.one`);
      let beats = 0;
      const beat = () => {
        beats++;
        return utimes(file, new Date(), new Date(Date.now() + 1000 * beats));
      };
      const system = systemOf(me, beat);
      const wrong = { ...system, clock: { ...system.clock, now: () => Date.now() + byMs } };
      const claims = openClaims(
        [path.join(directory, "a"), path.join(directory, "b")],
        async () => undefined,
        wrong,
      );
      expect((await claims.find()).map(({ inFlight }) => inFlight)).toEqual([true, true]);
      await claims.resolve(request, "one");
      for (const options of [once, { retryUnknown: true }])
        expect(await codeOf(claims.acquire(first, options))).toBe("in_flight");
      for (const name of ["a", "b"]) {
        const left = path.join(directory, name, "0", `${request}.one`);
        await utimes(left, new Date(), new Date(Date.now() - staleAfterMs - 1000));
      }
      expect((await claims.find()).map(({ inFlight }) => inFlight)).toEqual([false, false]);
      await there.close("saved");
    },
  );

  it.each([
    [
      "took its place, and says what the ended one may have sent",
      { token: "new", state: "sent", hasEarlier: true },
    ],
    ["ended, and may be billed", { state: "left" }],
  ])("sends nothing if a process on another machine %s while this one looks", async (_, change) => {
    const only = (identity: ProcessIdentity, onSleep?: () => unknown) =>
      openClaims([path.join(directory, "a")], async () => undefined, systemOf(identity, onSleep));
    ended.push(await only({ ...me, boot: "other", pid: 7 }).acquire(first, once));
    const file = path.join(directory, "a", "0", `${request}.one`);
    const onSleep = async () => {
      const content = JSON.parse(await readFile(file, "utf8")) as object;
      await writeFile(file, JSON.stringify({ ...content, ...change }));
      await utimes(file, new Date(), new Date(Date.now() + 1000));
    };
    expect(await codeOf(only(me, onSleep).acquire(second, once))).toBe("unresolved_edit");
  });

  it("sends nothing for a claim that a crash cut, as long as it is fresh", async () => {
    ended.push(await open(undefined, { ...me, pid: 2 }).acquire(first, once));
    const files = ["a", "b"].map((name) => path.join(directory, name, "0", `${request}.one`));
    for (const file of files) await writeFile(file, '{"pid":2');
    expect((await readClaim(files[0] ?? "", systemOf(me)))?.inFlight).toBe(true);
    await utimes(files[0] ?? "", new Date(), new Date(Date.now() - staleAfterMs - 1000));
    expect((await readClaim(files[0] ?? "", systemOf(me)))?.inFlight).toBe(false);
    // It has no content, so nothing was sent.
    const claim = await open().acquire(first, once);
    await claim.close("saved");
    expect(await readClaim(path.join(directory, "gone"), systemOf(me))).toBeUndefined();
  });

  it("finds claims by request and by edit, and no other files", async () => {
    const claim = await open().acquire(first, once);
    const other = await open().acquire({ ...second, request: request.replace("0", "f") }, once);
    await writeFile(path.join(directory, "a", "0", `${request}.one.tmp~`), "");
    await writeFile(path.join(directory, "a", "0", "0123.short"), "");
    await writeFile(path.join(directory, "a", "0", `0-${request}.one`), "");
    expect((await open().find()).map(({ id }) => id).sort()).toEqual(["one", "one", "two", "two"]);
    expect((await open().find(request)).map(({ file }) => path.basename(file))).toEqual(
      Array(2).fill(`${request}.one`),
    );
    await open().resolve(request, "one");
    expect(await open().find(request)).toHaveLength(2);
    await claim.close("unresolved");
    await open().resolve(request, "another");
    expect(await open().find(request)).toHaveLength(2);
    await open().resolve(request, "one");
    expect(await open().find(request)).toEqual([]);
    await other.close("saved");
  });

  it("removes what it claimed when a later directory cannot be written, and names that one", async () => {
    await writeFile(path.join(directory, "b"), "a file");
    const error = await open()
      .acquire(first, once)
      .catch((reason: CliError) => reason);
    expect(error).toMatchObject({ code: "journal_not_writable", exitCode: 2 });
    expect((error as CliError).message).toMatch(/cannot be written to .*b.0: E\w+\. Nothing was sent\./);
    expect(await filesIn("a")).toEqual([]);
  });

  /** Claims over files that fail. */
  const openOver = (files: Partial<System["files"]>) => {
    const system = systemOf(me);
    const within = { ...system, files: { ...system.files, ...files } };
    return openClaims([path.join(directory, "a"), path.join(directory, "b")], async () => undefined, within);
  };
  const failure = (code: string) => Object.assign(new Error(code), { code });

  it("beats with what it says, and with `sent` from one moment on", async () => {
    ended.push(await open(undefined, { ...me, pid: 2 }).acquire(first, once));
    const written: unknown[] = [];
    const claims = openOver({
      open: async (...args: Parameters<System["files"]["open"]>) => {
        const handle = await nodeSystem.files.open(...args);
        const write = handle.write.bind(handle);
        handle.write = (bytes, ...rest) => {
          written.push(JSON.parse(Buffer.from(bytes).toString()));
          return write(bytes, ...rest);
        };
        return handle;
      },
    });
    beats = [];
    const again = await claims.acquire(first, { retryUnknown: true });
    const other = await claims.acquire({ ...second, request: "f".repeat(32) }, once);
    for (const beat of beats) beat();
    const resent = { state: "sent", hasEarlier: true };
    // The first two: what they have taken over.
    expect(written.splice(0, 2)).toMatchObject([resent, resent]);
    expect(written.splice(0)).toMatchObject([resent, resent, { state: "held" }, { state: "held" }]);
    await other.markSent();
    await other.markSent();
    expect(written.splice(0)).toMatchObject([{ state: "sent" }, { state: "sent" }]);
    await again.close("saved");
    await other.close("saved");
  });

  it("gives up after five claims that came and went, and at the first of a full disk", async () => {
    for (const [code, expected, rounds] of [
      ["EEXIST", "in_flight", 5],
      ["ENOSPC", "journal_not_writable", 1],
    ] as const) {
      const write = vi.fn(() => Promise.reject(failure(code)));
      expect(await codeOf(openOver({ open: write }).acquire(first, once))).toBe(expected);
      expect(write).toHaveBeenCalledTimes(rounds);
    }
  });

  it("finds none that is removed while it is read, and fails where one cannot be read", async () => {
    const claim = await open().acquire(first, once);
    const reading = (code: string) => () => Promise.reject(failure(code));
    expect(await openOver({ stat: reading("ENOENT") }).find(request)).toEqual([]);
    await expect(openOver({ stat: reading("EIO") }).find(request)).rejects.toThrow("EIO");
    await claim.close("saved");
  });

  it("says whether it is still held before the request is sent", async () => {
    const claim = await open().acquire(first, once);
    await expect(claim.checkHeld()).resolves.toBeUndefined();
    const file = path.join(directory, "b", "0", `${request}.one`);
    const text = await readFile(file, "utf8");
    for (const change of [
      () => writeFile(file, text.replace(/"token":"\w+"/, '"token":"other"')),
      () => writeFile(file, "{cut"),
      () => unlink(file),
    ]) {
      await change();
      await expect(claim.checkHeld()).rejects.toMatchObject({ code: expect.any(String), exitCode: 2 });
    }
    await claim.close("saved");
  });

  it("keeps that an attempt may be billed if only one directory shows it", async () => {
    await (await open().acquire(first, once)).close("unresolved");
    await unlink(path.join(directory, "b", "0", `${request}.one`));
    const claim = await open().acquire(first, { retryUnknown: true });
    expect(claim.hasEarlier).toBe(true);
    const stateIn = async (name: string) =>
      JSON.parse(await readFile(path.join(directory, name, "0", `${request}.one`), "utf8")).state;
    expect([await stateIn("a"), await stateIn("b")]).toEqual(["sent", "held"]);
    await claim.markSent();
    await claim.markSent();
    expect([await stateIn("a"), await stateIn("b")]).toEqual(["sent", "sent"]);
    await claim.close("saved");
  });

  it("removes a claim with its files elsewhere, and one that a crash cut", async () => {
    const only = openClaims([path.join(directory, "a")], async () => undefined, systemOf(me));
    await (await open().acquire(first, once)).close("unresolved");
    await only.resolve(request, "one");
    expect([await filesIn("a"), await filesIn("b")]).toEqual([[], []]);
    const file = path.join(directory, "a", "0", `${request}.one`);
    await writeFile(file, "{cut");
    await utimes(file, new Date(), new Date(Date.now() - staleAfterMs - 1000));
    await only.resolve(request, "one");
    expect(await filesIn("a")).toEqual([]);
  });

  it("sends nothing when the claims of others cannot be listed", async () => {
    await writeFile(path.join(directory, "a"), "a file");
    await expect(open().find(request)).rejects.toThrow("ENOTDIR");
    expect(await codeOf(open().acquire(first, once))).toBe("journal_not_writable");
  });

  it("leaves a claim alone that a person had sent again meanwhile", async () => {
    const claim = await open().acquire(first, once);
    const file = path.join(directory, "a", "0", `${request}.one`);
    const content = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...content, token: "other" }));
    await claim.close("saved");
    expect(await filesIn("a")).toEqual([`${request}.one`]);
    expect(await filesIn("b")).toEqual([]);
  });
});

describe("a claim file", () => {
  const cut = async () => {
    const file = path.join(directory, `${request}.one`);
    await writeFile(file, "{cut");
    const { mtimeMs } = await stat(file);
    return { file, beatMs: mtimeMs };
  };

  it("without content is in flight for less than a minute", async () => {
    const { file, beatMs } = await cut();
    const at = async (ageMs: number) =>
      (await readClaim(file, systemOf(me), async () => beatMs + ageMs))?.inFlight;
    expect([await at(staleAfterMs - 1), await at(staleAfterMs)]).toEqual([true, false]);
  });

  it("without content is in flight if it changes while it is watched", async () => {
    const { file, beatMs } = await cut();
    const claim = { request, id: "one", file, beatMs, inFlight: true };
    const beat = () => utimes(file, new Date(), new Date(beatMs + 1000));
    expect(await isStillInFlight(claim, systemOf(me))).toBe(false);
    expect(await isStillInFlight(claim, systemOf(me, beat))).toBe(true);
    const content = { ...me, token: "t", since: "", journal: "/j", files: [], state: "held" } as const;
    expect(await isStillInFlight({ ...claim, content }, systemOf(me))).toBe(true);
    running.delete(1);
    expect(await isStillInFlight({ ...claim, content }, systemOf(me))).toBe(false);
  });

  it("of another process stays, as does one that a crash cut", async () => {
    const { file } = await cut();
    await removeOwn(file, "t", systemOf(me));
    await writeFile(file, JSON.stringify({ ...me, token: "other" }));
    await removeOwn(file, "t", systemOf(me));
    expect(await readdir(directory)).toContain(path.basename(file));
    await removeOwn(file, "other", systemOf(me));
    expect(await readdir(directory)).not.toContain(path.basename(file));
    await expect(removeOwn(file, "other", systemOf(me))).resolves.toBeUndefined();
  });
});

describe(livenessOf, () => {
  const { processes } = systemOf(me);
  it.each([
    ["itself", {}, "running"],
    ["an id that no process has", { pid: 9 }, "ended"],
    ["an id that was used again", { startedAt: "11" }, "ended"],
    ["a start time that the system does not report", { startedAt: undefined }, "running"],
    ["another boot", { boot: "c" }, "unseen"],
    ["another namespace", { pidNamespace: "q" }, "unseen"],
    ["another host name of the same boot", { host: "container" }, "running"],
    ["no boot id, on another host", { boot: undefined, host: "i" }, "unseen"],
    ["no boot id, on this host", { boot: undefined }, "unseen"],
  ] as const)("sees %s as it is", async (_, change, expected) => {
    expect(await livenessOf({ ...me, ...change }, processes)).toBe(expected);
  });

  it("compares host names where the system reports no boot id", async () => {
    const self = { ...me, boot: undefined };
    const other = { ...processes, describe: async () => self };
    expect(await livenessOf(self, other)).toBe("running");
    expect(await livenessOf({ ...self, host: "i" }, other)).toBe("unseen");
  });

  it("takes a process for running whose start time it cannot see", async () => {
    const look = async () => ({ runs: true });
    expect(await livenessOf(me, { ...processes, look })).toBe("running");
  });

  it.runIf(process.platform === "linux")("describes this process as the system does", async () => {
    const afterName = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1);
    // The 22nd field (proc(5)); the state after the name is the third.
    const startedAt = afterName?.split(" ")[22 - 3];
    expect(await nodeProcesses.describe()).toMatchObject({
      boot: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
      pidNamespace: readlinkSync("/proc/self/ns/pid"),
      pid: process.pid,
      startedAt,
    });
    expect(await nodeProcesses.look(process.pid)).toEqual({ runs: true, startedAt });
  });

  it("sees a process of another user, which it may not signal", async () => {
    const kill = vi.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error("no"), { code: "EPERM" });
    });
    try {
      expect(await nodeProcesses.look(process.pid)).toMatchObject({ runs: true });
      expect(await nodeProcesses.look(2 ** 30)).toEqual({ runs: true, startedAt: undefined });
    } finally {
      kill.mockRestore();
    }
  });

  it("sees this process, and none with an id that no system gives", async () => {
    expect(await livenessOf(await nodeProcesses.describe(), nodeProcesses)).toBe("running");
    expect(await nodeProcesses.look(2 ** 30)).toEqual({ runs: false });
  });
});
