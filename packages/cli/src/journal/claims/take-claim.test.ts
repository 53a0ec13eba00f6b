import { mkdtemp, readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CliError } from "../../errors/cli-error.ts";
import { nodeSystem } from "../node-system.ts";
import type { LogFile, System } from "../system.ts";
import { type FindResolution, openClaims } from "./claims.ts";
import type { ProcessIdentity } from "./owner.ts";
import { takeClaim } from "./take-claim.ts";

const request = "0123456789abcdef0123456789abcdef";
const me: ProcessIdentity = { host: "h", boot: "b", pidNamespace: "p", pid: 1 };
const row = { request, id: "row", journal: "/j/batch" };
const other = { request, id: "edit", journal: "/j/edit" };
const [once, again] = [{ retryUnknown: false }, { retryUnknown: true }];

let directory: string;
let handles: LogFile[];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-take-"));
  handles = [];
});
afterEach(async () => {
  // Those of a process that was killed are open in this one.
  for (const handle of handles) await handle.close().catch(() => undefined);
  await rm(directory, { recursive: true });
});

/** The real files, but nothing waits for the disk. */
const quickFiles: System["files"] = {
  ...nodeSystem.files,
  async open(...args) {
    const handle = await nodeSystem.files.open(...args);
    handle.sync = async () => undefined;
    return handle;
  },
  syncDirectory: async () => undefined,
};

/** Those files, in a process that is seen to run or not. */
const systemOf = (pid = 1, files: Partial<System["files"]> = {}): System => ({
  ...nodeSystem,
  clock: { now: Date.now, sleep: async () => undefined, every: () => () => undefined },
  processes: { describe: async () => ({ ...me, pid }), look: async (id) => ({ runs: id === 1 }) },
  files: { ...quickFiles, ...files },
});
const open = (names = "ab", system = systemOf(), findResolution: FindResolution = async () => undefined) =>
  openClaims(
    [...names].map((name) => path.join(directory, name)),
    findResolution,
    system,
  );
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: CliError) => error.code,
  );
const fileIn = (name: string) => path.join(directory, name, "0", `${request}.row`);
const namesIn = async (name: string) => readdir(path.dirname(fileIn(name)));

/** The files of a process whose call of a number, from 1 on, never ends or fails. */
function filesUntil(last: number, end: "killed" | "ENOSPC") {
  let calls = 0;
  let strike: () => void = () => undefined;
  const struck = new Promise<void>((resolve) => {
    strike = resolve;
  });
  const counted =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> => {
      calls++;
      if (calls < last || (calls > last && end === "ENOSPC")) return call(...args);
      strike();
      return end === "killed"
        ? new Promise(() => undefined)
        : Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" }));
    };
  const files = quickFiles;
  const changed: Partial<System["files"]> = {
    open: counted(async (...args: Parameters<typeof files.open>) => {
      const handle = await files.open(...args);
      handles.push(handle);
      const [write, writeFile, sync] = [handle.write, handle.writeFile, handle.sync];
      handle.write = counted(write.bind(handle));
      handle.writeFile = counted(writeFile.bind(handle));
      handle.sync = counted(sync.bind(handle));
      return handle;
    }),
    readFile: counted(files.readFile) as System["files"]["readFile"],
    readdir: counted(files.readdir),
    rename: counted(files.rename),
    stat: counted(files.stat),
    syncDirectory: counted(files.syncDirectory),
    unlink: counted(files.unlink),
  };
  return { struck, files: changed };
}

describe(takeClaim, () => {
  it.each(["killed", "ENOSPC"] as const)(
    "keeps at every step what an earlier attempt may have sent: %s",
    async (end) => {
      let step = 0;
      for (let isStruck = true; isStruck; ) {
        step++;
        await (await open().acquire(row, once)).close("unresolved");
        const { struck, files } = filesUntil(step, end);
        const taking = open("ab", systemOf(2, files)).acquire(row, again);
        const refused = taking.then(
          (claim) => claim.close("not-billed"),
          () => undefined,
        );
        // A failed call does not end the process.
        isStruck = await Promise.race([struck.then(() => true), refused.then(() => false)]);
        if (end === "ENOSPC") await refused;
        for (const names of ["a", "b", "ab"])
          expect(await codeOf(open(names).acquire(other, once)), `${names}, step ${step}`).toBe(
            "unresolved_edit",
          );
        expect(await codeOf(open().acquire(row, once)), `step ${step}`).toBe("unresolved_edit");
        if (step % 2 === 0) {
          // Also where only one of the directories is open.
          await open("a").resolve(request, "row");
          const left = await open().find(request);
          expect(left.filter(({ content }) => content !== undefined)).toEqual([]);
        } else {
          const claim = await open().acquire(row, again);
          expect(claim.hasEarlier, `step ${step}`).toBe(true);
          expect([await namesIn("a"), await namesIn("b")]).toEqual(
            Array(2).fill([path.basename(fileIn("a"))]),
          );
          await claim.close("saved");
          expect(await open().find(request)).toEqual([]);
        }
        await (await open().acquire(other, once)).close("saved");
        for (const name of "ab") await rm(path.join(directory, name), { recursive: true });
      }
      expect(step).toBeGreaterThan(20);
    },
  );

  it.each(["before", "after"] as const)(
    "sends nothing once another process has moved its claim aside: %s it looked at the others",
    async (when) => {
      await (await open().acquire(row, once)).close("unresolved");
      const move = () => rename(fileIn("a"), `${fileIn("a")}.${"1".repeat(16)}`).catch(() => undefined);
      const files: Partial<System["files"]> = {
        async open(...args) {
          const handle = await quickFiles.open(...args);
          handles.push(handle);
          const { write } = handle;
          handle.write = async (...given) => {
            if (when === "after") await move();
            return write.apply(handle, given);
          };
          return handle;
        },
        async readdir(name) {
          if (when === "before" && handles.length > 0) await move();
          return readdir(name);
        },
      };
      expect(await codeOf(open("a", systemOf(1, files)).acquire(row, again))).toBe("in_flight");
      const left = (await open("a").find(request)).filter(({ content }) => content?.state === "left");
      expect(left).toHaveLength(1);
      expect(await codeOf(open("a").acquire(other, once))).toBe("unresolved_edit");
      for (const handle of handles) await expect(handle.stat()).rejects.toMatchObject({ code: "EBADF" });
    },
  );

  it("sends nothing while a claim aside is that of a process that runs", async () => {
    const claim = await open("a").acquire(row, once);
    await rename(fileIn("a"), `${fileIn("a")}.${"1".repeat(16)}`);
    await expect(claim.checkHeld()).rejects.toMatchObject({ code: "in_flight" });
    expect(await codeOf(open("a").acquire(row, again))).toBe("in_flight");
    await claim.close("unresolved");
    expect(await namesIn("a")).toEqual([`${request}.row.${"1".repeat(16)}`]);
    expect(await codeOf(open("a").acquire(row, once))).toBe("unresolved_edit");
  });

  it("reads, syncs and waits only for the claims whose place it takes, and once", async () => {
    const calls: string[] = [];
    const nameOf = (file: unknown) =>
      path
        .basename(String(file))
        .replace(/\.[0-9a-f]{16}$/, ".aside")
        .replace(/^.*\.part$/, "what shows the time");
    const system = systemOf(1, {
      readFile: ((file: string, encoding: "utf8") => {
        calls.push(`read ${nameOf(file)}`);
        return readFile(file, encoding);
      }) as System["files"]["readFile"],
      unlink: async (file) => {
        calls.push(`unlink ${nameOf(file)}`);
        await unlink(file);
      },
      syncDirectory: async (file) => {
        calls.push(`sync ${nameOf(file)}`);
      },
    });
    let sleeps = 0;
    const sleep = async () => void sleeps++;
    const taking = { ...system, clock: { ...system.clock, sleep } };
    const take = () => {
      const content = { ...me, token: "mine", since: "", journal: "/j", files: [], state: "held" as const };
      const options = { content, retryUnknown: true, resolutionOf: async () => undefined };
      return takeClaim(fileIn("a"), options, taking);
    };
    const first = await take();
    handles.push(first.handle);
    expect([first.hasEarlier, calls.splice(0)]).toEqual([false, ["sync 0"]]);
    await unlink(fileIn("a"));
    // Of a process on another machine, which only a heartbeat would show.
    const there = systemOf(2, {
      async open(...args) {
        const handle = await quickFiles.open(...args);
        handles.push(handle);
        return handle;
      },
    });
    there.processes.describe = async () => ({ ...me, boot: "there" });
    await open("a", there).acquire(row, once);
    const second = await take();
    handles.push(second.handle);
    const name = path.basename(fileIn("a"));
    expect(second.hasEarlier).toBe(true);
    expect(calls.slice(calls.indexOf("sync 0"))).toEqual([
      "sync 0",
      `read ${name}.aside`,
      "unlink what shows the time",
      `read ${name}`,
      `unlink ${name}.aside`,
      "sync 0",
    ]);
    // It waits for that heartbeat once, ten seconds, and not again for the claim aside.
    expect(sleeps).toBe(20);
  });

  it("is found while it changes its name", async () => {
    await (await open("a").acquire(row, once)).close("unresolved");
    let listed = 0;
    const readdirThenMove = async (name: string) => {
      const names = await readdir(name);
      if (listed++ === 0) await rename(fileIn("a"), `${fileIn("a")}.${"1".repeat(16)}`);
      return names;
    };
    const found = await open("a", systemOf(1, { readdir: readdirThenMove })).find(request);
    expect(found.map(({ id, content }) => [id, content?.state])).toEqual([["row", "left"]]);
  });

  it("is found while a new one without content takes its place", async () => {
    await (await open("a").acquire(row, once)).close("unresolved");
    let listed = 0;
    const readdirThenReplace = async (name: string) => {
      const names = await readdir(name);
      if (listed++ > 0) return names;
      await rename(fileIn("a"), `${fileIn("a")}.${"1".repeat(16)}`);
      await writeFile(fileIn("a"), "");
      return names;
    };
    const system = systemOf(1, { readdir: readdirThenReplace });
    const states = (await open("a", system).find(request)).map(({ content }) => content?.state);
    expect(states).toContain("left");
  });

  it("stays when a resolved claim is removed that had its name before", async () => {
    const system = systemOf(2, {
      async open(...args) {
        const handle = await nodeSystem.files.open(...args);
        handles.push(handle);
        return handle;
      },
    });
    await open("a", system).acquire(row, once);
    const replace = async () => {
      const content = JSON.parse(await readFile(fileIn("a"), "utf8")) as object;
      await unlink(fileIn("a"));
      await writeFile(fileIn("a"), JSON.stringify({ ...content, token: "new", state: "left" }));
      return {};
    };
    await (await open("a", systemOf(), replace).acquire(other, once)).close("saved");
    expect((await open("a").find(request)).map(({ content }) => content?.token)).toEqual(["new"]);
  });

  it("is withdrawn, and its file closed, when its name cannot be synced", async () => {
    const opened: LogFile[] = [];
    const system = systemOf(1, {
      async open(...args) {
        const handle = await nodeSystem.files.open(...args);
        opened.push(handle);
        return handle;
      },
      syncDirectory: () => Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" })),
    });
    expect(await codeOf(open("a", system).acquire(row, once))).toBe("journal_not_writable");
    expect(await namesIn("a")).toEqual([]);
    for (const handle of opened) await expect(handle.stat()).rejects.toMatchObject({ code: "EBADF" });
  });

  it("of another process stays when this one, stopped meanwhile, could not write its own", async () => {
    const theirs = JSON.stringify({ ...me, token: "theirs", state: "left" });
    const system = systemOf(1, {
      async open(...args) {
        const handle = await nodeSystem.files.open(...args);
        handle.writeFile = async () => {
          await unlink(fileIn("a"));
          await writeFile(fileIn("a"), theirs);
          throw Object.assign(new Error("full"), { code: "ENOSPC" });
        };
        return handle;
      },
    });
    expect(await codeOf(open("a", system).acquire(row, once))).toBe("journal_not_writable");
    expect(await readFile(fileIn("a"), "utf8")).toBe(theirs);
  });
});
