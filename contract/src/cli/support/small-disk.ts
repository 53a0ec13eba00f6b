import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { expect } from "vitest";

/** Whether a test may mount a disk: on Linux as root. */
export const canMount = process.platform === "linux" && process.getuid?.() === 0;
if (!canMount) console.info("Tests with a small disk do not run: only root on Linux may mount one.");

/** Mounts a disk of a few megabytes. */
export async function mountSmallDisk(at: string, megabytes: number): Promise<{ unmount(): void }> {
  await mkdir(at, { recursive: true });
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", at], {
    encoding: "utf8",
  });
  expect(mounted.stderr).toBe("");
  return { unmount: () => void spawnSync("umount", ["-l", at]) };
}

/** Fills a disk, except for some free space. */
export function fillDisk(at: string, freeKilobytes: number): void {
  const script = `avail=$(df -k --output=avail "${at}" | tail -1) && head -c $(( (avail - ${freeKilobytes}) * 1024 )) /dev/zero > "${at}/ballast"`;
  expect(spawnSync("sh", ["-c", script]).status).toBe(0);
}
