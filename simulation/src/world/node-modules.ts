// Over 220 lines: one table of what each module of Node gives to the product.
import * as asyncHooks from "node:async_hooks";
import * as buffer from "node:buffer";
import * as crypto from "node:crypto";
import * as events from "node:events";
import * as net from "node:net";
import path from "node:path";
import * as stream from "node:stream";
import * as streamPromises from "node:stream/promises";
import * as url from "node:url";
import { constants, inflateSync } from "node:zlib";
import { createFileCalls } from "./file-calls.ts";
import { request } from "./network.ts";
import type { Seat } from "./sim-process.ts";

/** The globals and modules of Node as one process sees them. Nothing of them reaches the real world. */
export interface NodeView {
  readonly globals: Readonly<Record<string, unknown>>;
  require(name: string): unknown;
}

/** An agent has no connection to keep: each request of the simulation has its own. */
class SimAgent {
  readonly freeSockets = {};
  keepSocketAlive = (): boolean => false;
}

/** Modules that touch nothing outside of the process. */
const pure: Readonly<Record<string, unknown>> = {
  "node:async_hooks": asyncHooks,
  "node:buffer": buffer,
  "node:events": events.EventEmitter,
  "node:net": net,
  "node:stream": stream,
  "node:stream/promises": streamPromises,
  "node:url": url,
  "node:v8": { setFlagsFromString: () => undefined },
  "node:tls": {},
  "node:dns": {
    // Every name is public: the connection decides what becomes of it.
    lookup: (_name: string, _options: unknown, done: (error: null, found: object[]) => void) =>
      done(null, [{ address: "93.184.216.34", family: 4 }]),
  },
  "node:dns/promises": {},
  "node:child_process": {},
  "node:zlib": { constants, createInflate },
  stream,
};

/** Collators take long to create, and hold nothing of a process. */
const collators = new Map<string, Intl.Collator>();
const ownIntl = Object.assign(Object.create(Intl) as object, {
  Collator: function Collator(...given: [string, Intl.CollatorOptions]) {
    const key = JSON.stringify(given);
    const collator = collators.get(key) ?? new Intl.Collator(...given);
    collators.set(key, collator);
    return collator;
  },
});

/** Inflates in the same step; the real one uses threads, whose order no seed decides. */
function createInflate(): stream.Transform {
  const chunks: Buffer[] = [];
  const inflater = new stream.Transform({
    transform(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
    flush(done) {
      try {
        done(null, inflateSync(Buffer.concat(chunks)));
      } catch (error) {
        done(error as Error);
      }
    },
  });
  return Object.defineProperty(inflater, "bytesWritten", {
    get: () => chunks.reduce((sum, { length }) => sum + length, 0),
  });
}

/** Returns what the code of one process at a time runs with. */
export function createNodeView(seat: Seat): NodeView {
  const timers = createTimers(seat);
  const process = createProcess(seat);
  const files = createFileCalls(seat);
  const http = { Agent: SimAgent, request: (options: never) => request(seat.process, options) };
  const random = {
    randomBytes: (length: number) => Buffer.from(seat.process.random.hex(length), "hex"),
    randomUUID: () => seat.process.random.hex(16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
  };
  const modules: Readonly<Record<string, unknown>> = {
    ...pure,
    "node:crypto": { ...crypto, ...random },
    "node:fs": files,
    "node:fs/promises": files.promises,
    "node:http": http,
    "node:https": http,
    "node:os": { hostname: () => seat.process.machine.name, homedir: () => "/state", tmpdir: () => "/state" },
    "node:path": createPath(seat),
    "node:process": process,
    "node:timers/promises": {
      setTimeout(delayMs: number, value: unknown, { signal }: { signal?: AbortSignal } = {}) {
        return new Promise((resolve, reject) => {
          if (signal?.aborted === true) return reject(signal.reason);
          const cancel = seat.process.later(delayMs, () => () => resolve(value));
          signal?.addEventListener("abort", () => {
            cancel();
            reject(signal.reason);
          });
        });
      },
    },
  };
  const load = (name: string): unknown => {
    if (name === "simulated-queue") return seat.process.machine.world.queue?.serviceOf(seat.process);
    const found = modules[name] ?? modules[`node:${name}`];
    if (found === undefined) throw new Error(`The simulation has no module ${name}.`);
    return found;
  };
  const globals = {
    ...timers,
    process: Object.assign(process, { getBuiltinModule: load }),
    Date: createDate(seat),
    Math: Object.assign(Object.create(Math) as object, { random: () => seat.process.random.next() }),
    performance: { now: () => seat.process.monotonicMs },
    crypto: { getRandomValues: (bytes: Uint8Array) => bytes.fill(seat.process.random.below(256)), ...random },
    Intl: ownIntl,
    fetch: undefined,
  };
  // Defined, not assigned: the prototype has some of them as getters.
  const globalThat = Object.create(globalThis, Object.getOwnPropertyDescriptors(globals)) as object;
  return { require: load, globals: { ...globals, globalThis: globalThat } };
}

/** Returns `node:path`, where relative paths are those of the process. */
function createPath(seat: Seat): typeof path.posix {
  const resolve = (...parts: string[]): string => path.posix.resolve(seat.process.cwd, ...parts);
  return { ...path.posix, resolve, relative: (from, to) => path.posix.relative(resolve(from), resolve(to)) };
}

function createTimers(seat: Seat) {
  interface Timer {
    cancel: () => void;
    unref(): Timer;
    ref(): Timer;
  }
  const timer = (cancel: () => void): Timer => ({
    cancel,
    unref() {
      return this;
    },
    ref() {
      return this;
    },
  });
  const clear = (given?: Timer): void => given?.cancel();
  return {
    setTimeout: (work: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
      timer(seat.process.later(Math.max(1, delayMs), () => () => work(...args))),
    setImmediate: (work: (...args: unknown[]) => void, ...args: unknown[]) =>
      timer(seat.process.later(0, () => () => work(...args))),
    setInterval(work: () => void, delayMs: number) {
      const owner = seat.process;
      const again = (): (() => void) =>
        owner.later(delayMs, () => () => {
          own.cancel = again();
          work();
        });
      const own = timer(() => undefined);
      own.cancel = again();
      return own;
    },
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  };
}

function createDate(seat: Seat): DateConstructor {
  return class extends Date {
    constructor(...given: [] | [number]) {
      if (given.length === 0) super(seat.process.clockMs);
      else super(...given);
    }

    static override now(): number {
      return seat.process.clockMs;
    }
  } as unknown as DateConstructor;
}

function createProcess(seat: Seat) {
  const output = (name: "stdout" | "stderr") => ({
    isTTY: false,
    on: () => undefined,
    write(text: string | Uint8Array, ...rest: unknown[]) {
      const owner = seat.process;
      if (!owner.isDead) owner[name] += String(text);
      const done = rest.at(-1);
      if (typeof done === "function") owner.later(0, () => () => done());
      return true;
    },
  });
  return {
    get pid() {
      return seat.process.pid;
    },
    platform: "linux",
    get env() {
      return seat.process.env;
    },
    get argv() {
      return ["node", "retouch", ...seat.process.argv];
    },
    execArgv: [],
    execPath: "node",
    versions: { node: "24.0.0" },
    version: "v24.0.0",
    stdout: output("stdout"),
    stderr: output("stderr"),
    stdin: { isTTY: false },
    cwd: () => seat.process.cwd,
    on: (name: string, listener: () => void) => void seat.process.signals.on(name, listener),
    off: (name: string, listener: () => void) => void seat.process.signals.off(name, listener),
    listenerCount: (name: string) => seat.process.signals.listenerCount(name),
    emitWarning: () => undefined,
    exit: (code: number) => seat.process.exit(code),
    kill(pid: number) {
      const { machine, namespace } = seat.process;
      if (machine.findProcess(namespace, pid) !== undefined) return true;
      throw Object.assign(new Error("kill ESRCH"), { code: "ESRCH" });
    },
  };
}
