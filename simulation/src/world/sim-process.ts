// Over 220 lines: what a process owns, which ends with it.
import { EventEmitter } from "node:events";
import type { Random } from "../random.ts";
import type { Tree } from "./disk.ts";
import type { Actor, Timeline } from "./timeline.ts";

/** What happens to a process once it has taken so many steps. */
export interface Fault {
  readonly kind: "kill" | "freeze" | "crash" | "interrupt" | "fill";
  /** Counted from the start of the process, or from the first time that the bank billed it. */
  readonly from: "start" | "bill";
  readonly steps: number;
  /** Whether the effect of the step is in the world, although the process never learns of it. */
  readonly afterEffect: boolean;
  readonly durationMs: number;
}

/** One edit that was billed. */
export interface Bill {
  readonly number: number;
  readonly prompt: string;
  /** What makes it the same request as another one. */
  readonly request: string;
  readonly process: SimProcess;
  readonly atMs: number;
  readonly images: readonly Buffer[];
  /** When the last byte of its response reached the process. */
  arrivedAtMs: number | undefined;
}

/** How the bank responds to a form. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly Buffer[];
  /** After how many chunks the connection is cut; -1 before the head. */
  readonly cutAfter: number | undefined;
  readonly delayMs: number;
  readonly chunkMs: number;
  readonly bill: Bill | undefined;
  /** Called once the last byte has reached the process. */
  readonly onArrival?: (process: SimProcess) => void;
}

/** What the network does to one request. */
export interface Weather {
  readonly isRefused: boolean;
  /** The share of the form after which the connection is cut while it is sent. */
  readonly cutAt: number | undefined;
  /** The form is lost after the last byte was passed on. */
  readonly isLost: boolean;
}

/** The world, as far as processes, machines and the bank act on it. */
export interface ProcessWorld {
  readonly timeline: Timeline;
  readonly bank: {
    readonly climate: { readonly trouble: number; readonly slow: number };
    forecast(process: SimProcess): Weather;
    receive(form: Buffer, process: SimProcess): Answer;
    poll(path: string, process: SimProcess): Answer;
  };
  readonly images: {
    add(name: string, image: Buffer): string;
    serve(path: string, process: SimProcess): Answer;
  };
  /** Redis, in stories of a queue. */
  readonly queue?: { serviceOf(process: SimProcess): unknown } | undefined;
  callMs(random: Random): number;
  syncMs(random: Random): number;
  strike(process: SimProcess, fault: Fault): void;
  log(process: SimProcess | undefined, what: string): void;
}

/** The machine of a process. */
export interface ProcessMachine {
  readonly name: string;
  readonly world: ProcessWorld;
  readonly tree: Tree;
  readonly bootId: string;
  addProcess(process: SimProcess): number;
  findProcess(namespace: string, pid: number): SimProcess | undefined;
  crash(): void;
}

/** What a process is started with. */
export interface ProcessOptions {
  readonly machine: ProcessMachine;
  readonly namespace: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly random: Random;
  readonly faults: readonly Fault[];
  /** What the clock of the process is ahead of true time, which may change while it runs. */
  readonly clockJumps: readonly { readonly atMs: number; readonly byMs: number }[];
}

/**
 * A process in the simulated world. Everything that it does is a step of the timeline; once it is dead no step of it
 * happens, so that nothing in it goes on.
 */
export class SimProcess implements Actor {
  readonly machine: ProcessMachine;
  readonly namespace: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly startedAtMs: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly random: Random;
  readonly signals = new EventEmitter();
  frozenUntil = 0;
  steps = 0;
  exitCode: number | undefined;
  /** Why it ended without an exit code. */
  death: "killed" | "crashed" | "interrupted" | undefined;
  endedAtMs: number | undefined;
  wasFrozen = false;
  wasInterrupted = false;
  /** Called once it has ended, by itself or not. */
  onEnd: (() => void) | undefined;
  stdout = "";
  stderr = "";
  #billedAtStep: number | undefined;
  #faults: readonly Fault[];
  readonly #clockJumps: ProcessOptions["clockJumps"];
  readonly #timeline: Timeline;

  constructor(options: ProcessOptions, timeline: Timeline) {
    this.machine = options.machine;
    this.namespace = options.namespace;
    this.argv = options.argv;
    this.env = options.env;
    this.cwd = options.cwd;
    this.random = options.random;
    this.#faults = options.faults;
    this.#clockJumps = options.clockJumps;
    this.#timeline = timeline;
    this.startedAtMs = timeline.nowMs;
    this.startedAt = String(Math.floor(timeline.nowMs / 10));
    this.pid = this.machine.addProcess(this);
  }

  get isDead(): boolean {
    return this.endedAtMs !== undefined;
  }

  get monotonicMs(): number {
    return this.#timeline.nowMs - this.startedAtMs;
  }

  /** The time of its clock. */
  get clockMs(): number {
    let nowMs = this.#timeline.nowMs;
    for (const { atMs, byMs } of this.#clockJumps) if (this.monotonicMs >= atMs) nowMs += byMs;
    return Math.floor(nowMs);
  }

  beforeStep(): void {
    this.steps++;
    this.#strike(false);
  }

  afterEffect(): void {
    this.#strike(true);
  }

  #strike(afterEffect: boolean): void {
    if (this.#faults.length === 0) return;
    for (const fault of this.#faults) {
      const start = fault.from === "start" ? 0 : this.#billedAtStep;
      if (start === undefined || fault.afterEffect !== afterEffect || this.steps !== start + fault.steps)
        continue;
      this.machine.world.strike(this, fault);
    }
  }

  wasBilled(): void {
    this.#billedAtStep ??= this.steps;
  }

  /** Makes a call of the system: its effect and its result are one step. It never settles once the process is dead. */
  call<T>(effect: () => T, delayMs = this.machine.world.callMs(this.random)): Promise<T> {
    return new Promise((resolve, reject) => {
      this.later(delayMs, () => {
        try {
          const value = effect();
          return () => resolve(value);
        } catch (error) {
          return () => reject(error);
        }
      });
    });
  }

  /** Schedules a step. Returns a function that cancels it. */
  later(delayMs: number, step: () => (() => void) | undefined): () => void {
    return this.#timeline.schedule(delayMs, this, step);
  }

  /** Sends a signal. Without a listener, it ends the process. */
  signal(name: "SIGINT" | "SIGTERM"): void {
    if (this.isDead) return;
    this.wasInterrupted = true;
    if (this.signals.listenerCount(name) > 0) this.signals.emit(name, name);
    else this.end("interrupted");
  }

  exit(code: number): void {
    if (this.isDead) return;
    this.exitCode = code;
    this.endedAtMs = this.#timeline.nowMs;
    this.machine.world.log(this, `exits with ${code}`);
    this.onEnd?.();
  }

  end(death: NonNullable<SimProcess["death"]>): void {
    if (this.isDead) return;
    this.death = death;
    this.endedAtMs = this.#timeline.nowMs;
    this.machine.world.log(this, death === "killed" ? "is killed" : `is ${death}`);
    this.onEnd?.();
  }
}

/** Where code runs for one process after the other: what it calls is done by the process that has the seat. */
export interface Seat {
  process: SimProcess;
}
