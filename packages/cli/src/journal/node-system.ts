import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, readdirSync } from "node:fs";
import * as promises from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeFiles, type Runtime } from "@retouch/client/node";
import { nodeProcesses } from "./claims/owner.ts";
import { stateDirectory } from "./state-directory.ts";
import type { System } from "./system.ts";

/** The real system, with the state directory of the process's environment. */
export const nodeSystem: System = {
  files: {
    ...promises,
    ...nodeFiles,
    open: promises.open,
    readFile: promises.readFile as System["files"]["readFile"],
    existsSync,
    lstatSync,
    readdirSync,
  },
  clock: {
    now: () => Date.now(),
    sleep: (delayMs, signal) => sleep(delayMs, undefined, signal && { signal }),
    every(intervalMs, work) {
      const timer = setInterval(work, intervalMs).unref();
      return () => clearInterval(timer);
    },
  },
  runtime: globalThis as Runtime,
  processes: nodeProcesses,
  signals: process,
  get stateDirectory() {
    return stateDirectory();
  },
  get workingDirectory() {
    return process.cwd();
  },
  randomHex: (byteLength) => randomBytes(byteLength).toString("hex"),
};
