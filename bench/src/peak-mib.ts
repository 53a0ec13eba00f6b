import { readFileSync } from "node:fs";

/**
 * Returns the peak memory of this process in MiB. Linux counts from the start of the program; `maxRSS`, for other
 * systems, includes the memory of the parent at the time of the fork.
 */
export function peakMib(): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
    if (found !== undefined) return Number(found) / 1024;
  } catch {
    // The file does not exist: not Linux.
  }
  return process.resourceUsage().maxRSS / 1024;
}
