import path from "node:path";
import { CliError, exitCodes } from "../../errors/cli-error.ts";
import { journalNotWritable } from "../journal.ts";
import { errorCode, type LogFile, removeFile, type System } from "../system.ts";
import { fileTime } from "./file-time.ts";
import { isBeating, staleAfterMs, startHeartbeat, writeExclusive } from "./heartbeat.ts";
import { linkExclusive, moveAside } from "./move-aside.ts";
import { livenessOf, type Owner, parseOwner } from "./owner.ts";

/**
 * A lock held by this process. It only saves work: a process that was stopped for longer than the lock lives wakes
 * without it, so the fence is the claim of each request.
 */
export interface RunLock {
  readonly owner: Owner;
  /** Returns whether no other process has taken the lock over. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

interface HeldLock {
  readonly owner: Owner;
  /** Time of the last heartbeat by the clock of the file system. */
  readonly beatMs: number;
}

async function readLock(file: string, { files }: System): Promise<HeldLock | undefined> {
  try {
    const { mtimeMs } = await files.stat(file);
    const owner = parseOwner(await files.readFile(file, "utf8"));
    // A lock is linked into place complete, so an unreadable one has no owner.
    return owner && { owner, beatMs: mtimeMs };
  } catch {
    return undefined;
  }
}

/** A live process without a heartbeat is stopped: it wakes without the lock. */
async function isStale({ owner, beatMs }: HeldLock, nowMs: number, { processes }: System): Promise<boolean> {
  return nowMs - beatMs >= staleAfterMs || (await livenessOf(owner, processes)) === "ended";
}

/** Reads the owner of a lock; undefined if it is free or stale. */
export async function lockOwner(file: string, system: System): Promise<Owner | undefined> {
  const found = await readLock(file, system);
  if (found === undefined || (await livenessOf(found.owner, system.processes)) === "ended") return undefined;
  const nowMs = await fileTime(path.dirname(file), system);
  const held = await readLock(file, system);
  return held && (await isBeating(file, held.beatMs, nowMs, system)) ? held.owner : undefined;
}

/** Options of {@link takeLock}. */
export interface LockOptions {
  /** What is locked, for the error message. */
  readonly what: string;
  /** Takes the lock from a process that may still run. */
  readonly takeOver?: boolean | undefined;
  /** The flag that takes the lock over, if the command has it. */
  readonly takeOverFlag?: string | undefined;
}

/**
 * Acquires the lock `file`, or takes over one that is stale.
 *
 * @throws CliError, exit code 2, while another run holds it.
 */
export async function takeLock(file: string, options: LockOptions, system: System): Promise<RunLock> {
  const { files, clock } = system;
  const identity = await system.processes.describe();
  const owner: Owner = {
    ...identity,
    token: system.randomHex(16),
    since: new Date(clock.now()).toISOString(),
  };
  const content = JSON.stringify(owner);
  const mine = `${file}.${owner.token}`;
  let handle: LogFile;
  let nowMs: number;
  try {
    await files.makeDirectory(path.dirname(file), 0o700);
    handle = await writeExclusive(mine, content, system);
    nowMs = (await files.stat(mine)).mtimeMs;
  } catch (error) {
    throw journalNotWritable(path.dirname(file), error);
  }
  try {
    await acquire(file, mine, nowMs, options, system);
  } catch (error) {
    await handle.close();
    throw error;
  } finally {
    await removeFile(mine, system);
  }
  await removeLeftovers(file, nowMs, system);
  const stopBeating = startHeartbeat(handle, Buffer.from(content), system);
  const isHeld = async () => (await readLock(file, system))?.owner.token === owner.token;
  return {
    owner,
    isHeld,
    async release() {
      await stopBeating();
      // Not by its name: this process may be stopped after the look, and another one has the name when it wakes.
      const aside = (await isHeld()) ? await moveAside(file, owner.token, system) : undefined;
      if (aside !== undefined) await removeFile(aside, system);
      await handle.close();
    },
  };
}

async function acquire(
  file: string,
  mine: string,
  nowMs: number,
  { what, takeOver = false, takeOverFlag }: LockOptions,
  system: System,
): Promise<void> {
  // Two rounds are enough for one stale lock; more are needed only if others take over concurrently.
  for (let round = 0; round < 5; round++) {
    try {
      if (await linkExclusive(mine, file, system)) return;
    } catch (error) {
      // This process was stopped for so long that another one has removed its file.
      if (errorCode(error) === "ENOENT") throw lockedError(undefined, what, takeOverFlag);
      throw error;
    }
    const other = await readLock(file, system);
    if (other !== undefined && !takeOver && !(await isStale(other, nowMs, system)))
      throw lockedError(other.owner, what, takeOverFlag);
    const aside = await moveAside(file, other?.owner.token, system);
    if (aside !== undefined) await removeFile(aside, system);
  }
  throw lockedError(undefined, what, takeOverFlag);
}

/** Removes files of processes that were killed while they acquired this lock. */
async function removeLeftovers(file: string, nowMs: number, system: System): Promise<void> {
  const directory = path.dirname(file);
  for (const name of await system.files.readdir(directory).catch(() => [])) {
    if (!name.startsWith(`${path.basename(file)}.`)) continue;
    const other = path.join(directory, name);
    const held = await readLock(other, system);
    if (held !== undefined && (await isStale(held, nowMs, system))) await removeFile(other, system);
  }
}

function lockedError(other: Owner | undefined, what: string, takeOverFlag: string | undefined): CliError {
  const who = other === undefined ? "another process" : `process ${other.pid} on ${other.host}`;
  const since = other === undefined ? "" : ` since ${other.since}`;
  const rescue =
    takeOverFlag === undefined ? "" : `, or take over with \`${takeOverFlag}\` if you know that it has ended`;
  return new CliError(
    `${what} is being run by ${who}${since}. Nothing was sent. ` +
      `Wait for it to end${rescue}. Without a sign of life its lock expires after a minute.`,
    { exitCode: exitCodes.usage, code: "locked" },
  );
}
