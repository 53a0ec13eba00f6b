import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process as locks and claims name it; `pid` 2 ** 22 + 7 is one that never runs. */
export function lockOwner(pid: number, token = "x"): Record<string, unknown> {
  const read = (work: () => string): string | undefined => {
    try {
      return work();
    } catch {
      return undefined;
    }
  };
  return {
    host: hostname(),
    boot: read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    pidNamespace: read(() => readlinkSync("/proc/self/ns/pid")),
    pid,
    token,
    since: "",
  };
}

/** Id of a process that never runs. */
export const endedPid = 2 ** 22 + 7;
