import { setTimeout as sleep } from "node:timers/promises";
import type { ClientFiles } from "../surroundings.ts";
import { codeOf } from "./place-file.ts";

/** What Windows reports while another process has a file open: a viewer, a virus scanner, an indexer. */
const openElsewhere = new Set(["EACCES", "EBUSY", "EPERM"]);
/** Scanners close a new file within milliseconds; a file that is still open after these 1.3 s has another user. */
const delaysMs = [10, 20, 40, 80, 150, 250, 350, 400];

/** What renames and removes files. */
type Changes = Pick<ClientFiles, "rename" | "rm" | "unlink">;

/**
 * Returns changes that wait on Windows until no other process has the file open: there, unlike elsewhere, an open file
 * cannot be replaced or removed, and an image would not get its name.
 *
 * @see https://learn.microsoft.com/windows/win32/fileio/creating-and-opening-files
 */
export function retryWhileOpen(
  { rename, rm, unlink }: Changes,
  platform: NodeJS.Platform = process.platform,
  wait: (delayMs: number) => Promise<unknown> = sleep,
): Changes {
  if (platform !== "win32") return { rename, rm, unlink };
  const retried = async (change: () => Promise<void>): Promise<void> => {
    for (const delayMs of delaysMs) {
      try {
        return await change();
      } catch (error) {
        if (!openElsewhere.has(codeOf(error) ?? "")) throw error;
      }
      await wait(delayMs);
    }
    await change();
  };
  return {
    rename: (from, to) => retried(() => rename(from, to)),
    rm: (path, options) => retried(() => rm(path, options)),
    unlink: (path) => retried(() => unlink(path)),
  };
}
