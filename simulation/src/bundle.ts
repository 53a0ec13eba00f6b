import { compileFunction } from "node:vm";
import { createNodeView } from "./world/node-modules.ts";
import type { Seat, SimProcess } from "./world/sim-process.ts";

/** What starts a command. */
export interface Program {
  runProgram(argv: readonly string[]): Promise<number>;
  exitWith(code: number): void;
}

const globalNames = [
  "globalThis",
  "process",
  "Date",
  "Math",
  "performance",
  "crypto",
  "Intl",
  "fetch",
  "setTimeout",
  "setImmediate",
  "setInterval",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
];

/** Modules that are evaluated once for all processes: libraries and tables, which keep nothing of a process. */
const shared = /node_modules|\/generated\//;

/** How a bundle of esbuild evaluates a module when it is first imported, and shows it one of Node or of CommonJS. */
const ownWays = [
  [/^var __esm = [\s\S]*?^\};$/m, "var __esm = esm;"],
  [/^var __toESM = ([\s\S]*?^\)\));$/m, "var __toESM = once($1);"],
] as const;

/**
 * A bundle whose modules are evaluated anew for each process. The functions of a module stay the same ones, because the
 * engine forgets what it has learned about new ones; its variables and classes do not.
 */
export class Bundle {
  readonly #evaluate: (...given: unknown[]) => void;
  readonly #rooms: Room[] = [];
  readonly #isReused: boolean;

  /** Unless `isReused`, not even libraries are shared: that gives the same stories, and takes much longer. */
  constructor(text: string, { isReused = true } = {}) {
    const own = ownWays.reduce((changed, [way, ours]) => {
      if (!way.test(changed)) throw new Error(`The bundle has no ${way}: esbuild has changed its output.`);
      return changed.replace(way, ours);
    }, text);
    const forget = `module.exports.forget = () => { ${variablesOf(text).join(" = ")} = undefined; };`;
    const names = ["module", "require", "esm", "once", ...globalNames];
    this.#evaluate = compileFunction(`${own}\n${forget}`, names, {
      filename: "retouch-bundle.cjs",
    }) as (...given: unknown[]) => void;
    this.#isReused = isReused;
  }

  /** Evaluates the modules for a process. */
  load(process: SimProcess): Promise<Program> {
    // No code of a dead process runs any more.
    let room = this.#isReused ? this.#rooms.find(({ seat }) => seat.process.isDead) : undefined;
    if (room === undefined) {
      room = this.#createRoom(process);
      if (this.#isReused) this.#rooms.push(room);
    }
    room.seat.process = process;
    room.forget();
    return room.load();
  }

  #createRoom(process: SimProcess): Room {
    const seat: Seat = { process };
    const { require, globals } = createNodeView(seat);
    const module = { exports: {} as Pick<Room, "load" | "forget"> };
    const { esm, forget } = createModules();
    this.#evaluate(module, require, esm, once, ...globalNames.map((name) => globals[name]));
    return {
      seat,
      load: module.exports.load,
      forget() {
        forget();
        module.exports.forget();
      },
    };
  }
}

/** Where one process at a time has the functions of the bundle. */
interface Room {
  readonly seat: Seat;
  load(): Promise<Program>;
  forget(): void;
}

/** Returns the names of all variables of modules that are evaluated anew. */
function variablesOf(text: string): string[] {
  const modules = text.matchAll(/^var ([\w$, ]+);\nvar init_\w+ = __esm\(\{\n {2}"([^"]+)"\(\) \{$/gm);
  return [...modules].flatMap(([, names = "", file = ""]) => (shared.test(file) ? [] : names.split(", ")));
}

/** Evaluates a module when it is first imported. */
function createModules() {
  const own: { isEvaluated: boolean }[] = [];
  return {
    esm(module: Readonly<Record<string, () => unknown>>): () => void {
      const [[file, evaluate]] = Object.entries(module) as [[string, () => unknown]]; // esbuild gives one
      const state = { isEvaluated: false };
      if (!shared.test(file)) own.push(state);
      return () => {
        if (state.isEvaluated) return;
        state.isEvaluated = true;
        evaluate();
      };
    },
    forget(): void {
      for (const state of own) state.isEvaluated = false;
    },
  };
}

/** Keeps what is made for each object. */
function once<T>(make: (given: object, ...rest: unknown[]) => T): (given: object, ...rest: unknown[]) => T {
  const made = new WeakMap<object, T>();
  return (given, ...rest) => {
    const found = made.get(given);
    if (found !== undefined) return found;
    const fresh = make(given, ...rest);
    made.set(given, fresh);
    return fresh;
  };
}
