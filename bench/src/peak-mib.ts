import { readFileSync } from "node:fs";

/**
 * Tells the most memory that this process has had, in MiB. Linux's own count begins with the program; `maxRSS` begins
 * with what the parent had when it made this process, and is for other systems.
 */
export function peakMib(): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
    if (found !== undefined) return Number(found) / 1024;
  } catch {
    // No such file: no Linux.
  }
  return process.resourceUsage().maxRSS / 1024;
}
