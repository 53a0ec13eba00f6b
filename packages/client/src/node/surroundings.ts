import type { Runtime } from "../async/deadline.ts";
import type { ResultFetch } from "../results/result-fetch.ts";
import type { Transport } from "../transport/transport.ts";

/** What a file is. @internal */
export interface FileFacts {
  readonly size: number;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** An open file, as `node:fs/promises` has it. @internal */
export interface OpenFile {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position?: number | null,
  ): Promise<{ readonly bytesRead: number }>;
  write(
    bytes: Uint8Array,
    offset?: number,
    length?: number,
    position?: number,
  ): Promise<{ readonly bytesWritten: number }>;
  writev(parts: Uint8Array[], position?: number): Promise<{ readonly bytesWritten: number }>;
  stat(): Promise<FileFacts>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The files that images are read from, and that responses and images are written to, with the names of `node:fs/promises` where it has them. @internal */
export interface ClientFiles {
  access(path: string, mode?: number): Promise<void>;
  copyFile(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  open(path: string, flags?: string | number, mode?: number): Promise<OpenFile>;
  readFile(path: string): Promise<Buffer>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options?: { readonly force?: boolean }): Promise<void>;
  stat(path: string): Promise<FileFacts>;
  unlink(path: string): Promise<void>;
  /** Creates a directory and its parents. */
  makeDirectory(directory: string, mode?: number): Promise<void>;
  /** Waits until the entries of a directory are on the disk. */
  syncDirectory(directory: string): Promise<void>;
  /** Returns a name for a file that is still being written: hidden, unique, and without an image extension. */
  temporaryName(): string;
}

/** What a client on Node takes from its surroundings, so that a simulation can replace all of it. @internal */
export interface Surroundings {
  readonly files: ClientFiles;
  /** Timers, clock and chance; `globalThis` by default. */
  readonly runtime?: Runtime | undefined;
  /** Waits one tick of the event loop, so that what has arrived is handled. */
  readonly nextTick?: (() => Promise<void>) | undefined;
  /** Sends edits instead of `node:http(s)`. */
  readonly transport?: Transport | undefined;
  /** Fetches result URLs instead of `node:http(s)`. */
  readonly fetchUrl?: ResultFetch | undefined;
}
