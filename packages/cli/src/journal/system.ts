import { randomBytes } from "node:crypto";
import { link, open, readdir, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { makeDirectory, syncDirectory } from "@retouch/client/node";
import { nodeProcesses, type Processes } from "./claims/owner.ts";

/** The file operations that claims, locks and journals use. */
export interface Files {
  readonly link: typeof link;
  readonly open: typeof open;
  readonly readdir: (directory: string) => Promise<string[]>;
  readonly readFile: (file: string, encoding: "utf8") => Promise<string>;
  readonly rename: typeof rename;
  readonly stat: (
    file: string,
  ) => Promise<{ readonly mtimeMs: number; readonly size: number; readonly ino: number }>;
  readonly unlink: (file: string) => Promise<void>;
  readonly writeFile: (file: string, text: string, options: { readonly mode: number }) => Promise<void>;
  readonly makeDirectory: (directory: string, mode?: number) => Promise<void>;
  /** Waits until the entries of a directory are on the disk. */
  readonly syncDirectory: (directory: string) => Promise<void>;
}

/** The clock. */
interface SystemClock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(delayMs: number): Promise<void>;
  /** Calls `work` repeatedly, without keeping the process alive. Returns a function that stops it. */
  every(intervalMs: number, work: () => void): () => void;
}

/** What code that must survive crashes takes from its surroundings, so that a simulation can replace all of it. */
export interface System {
  readonly files: Files;
  readonly clock: SystemClock;
  readonly processes: Processes;
  /** Returns hexadecimal digits that no other process has. */
  randomHex(byteLength: number): string;
}

/** The real system. */
export const nodeSystem: System = {
  files: { link, open, readdir, readFile, rename, stat, unlink, writeFile, makeDirectory, syncDirectory },
  clock: {
    now: () => Date.now(),
    sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
    every(intervalMs, work) {
      const timer = setInterval(work, intervalMs).unref();
      return () => clearInterval(timer);
    },
  },
  processes: nodeProcesses,
  randomHex: (byteLength) => randomBytes(byteLength).toString("hex"),
};

/** Removes a file that may be gone already. Returns whether it was there. */
export async function removeFile(file: string, { files }: Pick<System, "files">): Promise<boolean> {
  try {
    await files.unlink(file);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Returns the code of a system error. */
export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
