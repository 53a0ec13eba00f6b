import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/**
 * Identity of a process. A process id only means something within one boot of one machine and one pid namespace:
 * containers share host names and ids.
 */
export interface ProcessIdentity {
  readonly host: string;
  /** Id of the boot, if the system reports it. */
  readonly boot?: string | undefined;
  readonly pidNamespace?: string | undefined;
  readonly pid: number;
  /** Start time of the process, if the system reports it; a reused id has a different one. */
  readonly startedAt?: string | undefined;
}

/** The process that holds a lock or a claim. */
export interface Owner extends ProcessIdentity {
  readonly token: string;
  readonly since: string;
}

/** Whether a process runs; `unseen` if it has another host, boot or pid namespace, where only its heartbeat shows it. */
export type Liveness = "running" | "ended" | "unseen";

/** The identity of processes, which a simulation replaces. */
export interface Processes {
  /** Describes this process. */
  describe(): Promise<ProcessIdentity>;
  /** Returns whether a process of this namespace runs, and its start time if the system reports it. */
  look(pid: number): Promise<{ readonly runs: boolean; readonly startedAt?: string | undefined }>;
}

let described: Promise<ProcessIdentity> | undefined;

/** The processes of this machine. */
export const nodeProcesses: Processes = {
  describe() {
    described ??= describeProcess();
    return described;
  },
  async look(pid) {
    try {
      process.kill(pid, 0);
    } catch (error) {
      // EPERM: it runs as another user.
      if ((error as NodeJS.ErrnoException).code !== "EPERM") return { runs: false };
    }
    return { runs: true, startedAt: await startOf(pid) };
  },
};

async function describeProcess(): Promise<ProcessIdentity> {
  const [boot, pidNamespace, startedAt] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
      (text) => text.trim(),
      () => undefined,
    ),
    readlink("/proc/self/ns/pid").catch(() => undefined),
    startOf("self"),
  ]);
  return { host: hostname(), boot, pidNamespace, pid: process.pid, startedAt };
}

/** Reads the start time of a process from `/proc` on Linux; undefined elsewhere. */
async function startOf(pid: number | "self"): Promise<string | undefined> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, "utf8");
    // The command name in parentheses may contain spaces and parentheses.
    return line.slice(line.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** Returns whether the owner's process runs, as far as this process can see it. */
export async function livenessOf(owner: ProcessIdentity, processes: Processes): Promise<Liveness> {
  const self = await processes.describe();
  // The boot id identifies a Linux machine, whatever its host name is in a container.
  const isSameMachine = owner.boot === undefined ? owner.host === self.host : true;
  if (!isSameMachine || owner.boot !== self.boot || owner.pidNamespace !== self.pidNamespace) return "unseen";
  const { runs, startedAt } = await processes.look(owner.pid);
  if (!runs) return "ended";
  const isReused = owner.startedAt !== undefined && startedAt !== undefined && startedAt !== owner.startedAt;
  return isReused ? "ended" : "running";
}

/** Parses the owner in a lock or a claim; undefined if a crash cut the file. */
export function parseOwner(text: string): Owner | undefined {
  try {
    const value = JSON.parse(text) as Owner;
    return "pid" in value && "token" in value ? value : undefined;
  } catch {
    // Cut, or not an object: `in` throws.
    return undefined;
  }
}

/** Returns whether two descriptions are of the same process. */
export function isSameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.host === b.host && a.boot === b.boot && a.pid === b.pid && a.startedAt === b.startedAt;
}
