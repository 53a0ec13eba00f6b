import { randomUUID } from "node:crypto";
import { link, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { CliError, exitCodes } from "../errors/cli-error.ts";
import { makePrivateDirectory } from "../output/write-output.ts";
import { journalNotWritable } from "./journal.ts";

/** The holder of a lock. */
export interface LockHolder {
  readonly token: string;
  readonly pid: number;
  readonly machine: string;
  readonly since: string;
  /** Start time of the process, if the system reports it; a reused pid has a different one. */
  readonly startedAt?: string | undefined;
}

/** A lock held by this process. */
export interface RunLock {
  release(): Promise<void>;
}

/** Reads the start time of a process from `/proc` on Linux; undefined elsewhere. */
export async function processStart(pid: number): Promise<string | undefined> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, "utf8");
    // The command name in parentheses may contain spaces and parentheses.
    return line.slice(line.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** Returns whether a process still runs; one on another machine counts as running. */
export async function isRunning(holder: Pick<LockHolder, "pid" | "machine" | "startedAt">): Promise<boolean> {
  if (holder.machine !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it runs as another user.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const startedAt = await processStart(holder.pid);
  return holder.startedAt === undefined || startedAt === undefined || startedAt === holder.startedAt;
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    const isComplete = typeof value === "object" && value !== null && "pid" in value && "token" in value;
    return isComplete ? (value as LockHolder) : undefined;
  } catch {
    // A lock is linked into place complete, so an unreadable one has no holder.
    return undefined;
  }
}

/** Reads the holder of a lock; undefined if its process has ended. */
export async function lockHolder(file: string): Promise<LockHolder | undefined> {
  const holder = await readHolder(file);
  return holder !== undefined && (await isRunning(holder)) ? holder : undefined;
}

/**
 * Acquires the lock `file`, or takes over one whose process has ended.
 *
 * @throws CliError, exit code 2, while another run holds it.
 */
export async function takeLock(file: string, what: string): Promise<RunLock> {
  const holder: LockHolder = {
    token: randomUUID(),
    pid: process.pid,
    machine: hostname(),
    since: new Date().toISOString(),
    startedAt: await processStart(process.pid),
  };
  const mine = `${file}.${holder.token}`;
  try {
    await makePrivateDirectory(path.dirname(file));
    await writeFile(mine, JSON.stringify(holder), { mode: 0o600 });
  } catch (error) {
    throw journalNotWritable(path.dirname(file), error);
  }
  try {
    // Two rounds are enough for one stale lock; more are needed only if others take over concurrently.
    for (let round = 0; round < 5; round++) {
      if (await linked(mine, file)) {
        await removeLeftovers(file, mine);
        return { release: () => releaseLock(file, holder.token) };
      }
      const other = await readHolder(file);
      if (other !== undefined && (await isRunning(other))) throw lockedError(other, what, file);
      await removeStale(file, other?.token);
    }
    throw lockedError(undefined, what, file);
  } finally {
    await rm(mine, { force: true });
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Moves a stale lock aside before removing it, so that a lock just taken by another process is put back. */
async function removeStale(file: string, token: string | undefined): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    // Another process removed it first.
    return;
  }
  const moved = await readHolder(aside);
  if (moved !== undefined && moved.token !== token) await linked(aside, file);
  await rm(aside, { force: true });
}

/** Removes files of processes that were killed while they acquired this lock. */
async function removeLeftovers(file: string, mine: string): Promise<void> {
  const directory = path.dirname(file);
  for (const name of await readdir(directory).catch(() => [])) {
    const other = path.join(directory, name);
    if (!name.startsWith(`${path.basename(file)}.`) || other === mine) continue;
    const holder = await readHolder(other);
    if (holder !== undefined && !(await isRunning(holder))) await rm(other, { force: true });
  }
}

async function releaseLock(file: string, token: string): Promise<void> {
  if ((await readHolder(file))?.token === token) await rm(file, { force: true });
}

function lockedError(other: LockHolder | undefined, what: string, file: string): CliError {
  const who = other === undefined ? "another process" : `process ${other.pid} on ${other.machine}`;
  const since = other === undefined ? "" : ` since ${other.since}`;
  return new CliError(
    `${what} is being run by ${who}${since}. Nothing was sent. ` +
      `Wait for it to end; if there is no such process, remove ${file}.`,
    { exitCode: exitCodes.usage, code: "locked" },
  );
}
