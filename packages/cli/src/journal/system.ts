import type { ClientFiles, OpenFile, Runtime, Surroundings } from "@retouch/client/node";
import type { Processes } from "./claims/owner.ts";

/** An open file that is also appended to. */
export interface LogFile extends OpenFile {
  appendFile(text: string): Promise<void>;
  writeFile(text: string): Promise<void>;
  truncate(length: number): Promise<void>;
  datasync(): Promise<void>;
}

/** The files of a command, with the names of `node:fs` where it has them. */
export interface Files extends ClientFiles {
  open(file: string, flags?: string | number, mode?: number): Promise<LogFile>;
  readFile(file: string): Promise<Buffer>;
  readFile(file: string, encoding: "utf8"): Promise<string>;
  appendFile(file: string, text: string): Promise<void>;
  writeFile(file: string, data: string | Uint8Array, options: { readonly mode: number }): Promise<void>;
  readdir(directory: string): Promise<string[]>;
  /** Removes an empty directory. */
  rmdir(directory: string): Promise<void>;
  realpath(file: string): Promise<string>;
  statfs(directory: string): Promise<{ readonly bavail: number; readonly bsize: number }>;
  existsSync(file: string): boolean;
  /** Throws unless the file exists; undefined if it is only missing. */
  lstatSync(
    file: string,
    options: { readonly throwIfNoEntry: false },
  ): { isDirectory(): boolean } | undefined;
  readdirSync(directory: string): string[];
}

/** The clock. */
interface SystemClock {
  /** Milliseconds since the epoch. It may jump. */
  now(): number;
  /** Rejects when the signal aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Calls `work` repeatedly, without keeping the process alive. Returns a function that stops it. */
  every(intervalMs: number, work: () => void): () => void;
}

/** A signal that ends a command. */
export type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** The signals that a process receives. */
interface Signals {
  on(name: EndSignal, listener: (name: EndSignal) => void): unknown;
  off(name: EndSignal, listener: (name: EndSignal) => void): unknown;
}

/**
 * What a command that spends money takes from its surroundings, so that a simulation can replace all of it and run
 * several processes in one. With `transport` and `fetchUrl`, nothing reaches the network.
 */
export interface System extends Surroundings {
  readonly files: Files;
  readonly clock: SystemClock;
  /** Timers, monotonic clock and chance. */
  readonly runtime: Runtime;
  readonly processes: Processes;
  readonly signals: Signals;
  /** Where journals, claims and responses are. */
  readonly stateDirectory: string;
  readonly workingDirectory: string;
  /** Returns hexadecimal digits that no other process has. */
  randomHex(byteLength: number): string;
}

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

/** Returns how many bytes a file has; none if it is missing. */
export async function sizeOf(file: string, { files }: Pick<System, "files">): Promise<number> {
  return files.stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Returns whether an error says that a file is not there. */
export function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "");
}

/** Returns whether the user may not do something with a file, which free space does not change. */
export function isDenied(error: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes(errorCode(error) ?? "");
}

/** Returns the code of a system error. */
export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
