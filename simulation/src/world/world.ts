import { Random } from "../random.ts";
import { Bank } from "./bank.ts";
import { crashVolume } from "./crash.ts";
import { createVolume, Tree, type Volume } from "./disk.ts";
import { ImageHost } from "./image-host.ts";
import { Machine } from "./machine.ts";
import { type Fault, type ProcessOptions, type ProcessWorld, SimProcess } from "./sim-process.ts";
import { Timeline } from "./timeline.ts";

/** A line of the story. */
interface LogLine {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

/** Everything outside of the product: time, disks, machines, network and bank. */
export class World implements ProcessWorld {
  readonly timeline = new Timeline();
  readonly bank: Bank;
  readonly images: ImageHost;
  readonly machines: Machine[] = [];
  readonly processes: SimProcess[] = [];
  readonly story: LogLine[] = [];
  queue: ProcessWorld["queue"];
  /** Called once a machine has crashed, when its disk shows what is left. */
  onCrash: (() => void) | undefined;
  readonly #random: Random;
  readonly #diskSkewMs: number;

  constructor(seed: number) {
    // Most errors of the disk are expected, and their stacks would take a tenth of the time.
    Error.stackTraceLimit = 0;
    const random = new Random(seed);
    this.#random = random.fork();
    this.bank = new Bank(this);
    this.#diskSkewMs = random.chance(0.2) ? random.between(-90_000, 90_000) : 0;
    this.images = new ImageHost(this, random.fork());
  }

  /** Creates a file system. A file server has a clock of its own. */
  createVolume(isServer: boolean): Volume {
    return createVolume(() => Math.floor(this.timeline.nowMs + (isServer ? this.#diskSkewMs : 0)));
  }

  addMachine(name: string, volumes: ReadonlyMap<string, Volume>, ownVolumes: readonly string[]): Machine {
    const machine = new Machine(name, this, new Tree(volumes), ownVolumes);
    this.machines.push(machine);
    return machine;
  }

  start(options: ProcessOptions): SimProcess {
    const process = new SimProcess(options, this.timeline);
    this.processes.push(process);
    this.log(process, `starts: retouch ${options.argv.join(" ")}`);
    return process;
  }

  /** Returns how long a call of the system takes. */
  callMs(random: Random): number {
    return random.chance(0.01) ? random.between(1, 80) : random.between(0.01, 0.5);
  }

  syncMs(random: Random): number {
    return random.chance(0.02) ? random.between(20, 400) : random.between(0.2, 6);
  }

  strike(process: SimProcess, { kind, afterEffect, durationMs }: Fault): void {
    const when = afterEffect ? "after" : "before";
    switch (kind) {
      case "kill":
        this.log(process, `is struck ${when} the effect of step ${process.steps}`);
        process.end("killed");
        break;
      case "crash":
        this.log(process, `its machine ${process.machine.name} crashes`);
        process.machine.crash();
        this.onCrash?.();
        break;
      case "freeze":
        process.frozenUntil = this.timeline.nowMs + durationMs;
        process.wasFrozen = true;
        this.log(process, `is stopped for ${Math.round(durationMs / 1000)} s at step ${process.steps}`);
        break;
      case "interrupt":
        this.log(process, "gets SIGINT");
        // The listener is a step of the process.
        process.later(0, () => () => process.signal("SIGINT"));
        break;
      case "fill": {
        const names = [...process.machine.tree.volumes.keys()];
        const name = names[Math.floor(durationMs) % names.length] ?? "";
        this.fill(process.machine.tree.volumes.get(name), name, durationMs);
        break;
      }
    }
  }

  /** Fills a volume for a while. */
  fill(volume: Volume | undefined, name: string, durationMs: number): void {
    if (volume === undefined) return;
    this.log(undefined, `the disk of /${name} is full for ${Math.round(durationMs / 1000)} s`);
    volume.isFull = true;
    volume.reportsFull = this.#random.chance(0.5);
    this.timeline.schedule(durationMs, undefined, () => {
      volume.isFull = false;
      volume.reportsFull = false;
      return undefined;
    });
  }

  crashVolume(volume: Volume | undefined): void {
    if (volume !== undefined) crashVolume(volume, this.#random);
  }

  log(process: SimProcess | undefined, what: string): void {
    const who = process === undefined ? "world" : nameOf(process);
    this.story.push({ atMs: this.timeline.nowMs, who, what });
  }
}

/** Returns the name of a process in the story. */
export function nameOf({ machine, namespace, pid }: SimProcess): string {
  return `${machine.name}/${namespace}/${pid}`;
}
