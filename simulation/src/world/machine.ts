import type { Tree, Volume } from "./disk.ts";
import type { ProcessMachine, ProcessWorld, SimProcess } from "./sim-process.ts";

interface CrashingWorld {
  crashVolume(volume: Volume | undefined): void;
}

/** A machine: a boot, pid namespaces, and volumes of its own or of a file server. */
export class Machine implements ProcessMachine {
  readonly name: string;
  readonly world: ProcessWorld & CrashingWorld;
  readonly tree: Tree;
  /** Names of the volumes that lose what was not synced if the machine crashes. */
  readonly #ownVolumes: readonly string[];
  #boot: number;
  readonly #processes: SimProcess[] = [];
  readonly #nextPid = new Map<string, number>();

  constructor(name: string, world: ProcessWorld & CrashingWorld, tree: Tree, ownVolumes: readonly string[]) {
    this.name = name;
    this.world = world;
    this.tree = tree;
    this.#ownVolumes = ownVolumes;
    this.#boot = 1;
  }

  get bootId(): string {
    return `boot-${this.#boot}-of-${this.name}`;
  }

  /** Returns the id of a new process: containers all start with the same ones. */
  addProcess(process: SimProcess): number {
    const pid = this.#nextPid.get(process.namespace) ?? 7;
    this.#nextPid.set(process.namespace, pid + 1);
    this.#processes.push(process);
    return pid;
  }

  /** A container that is started again has a new namespace, in which ids start anew. */
  findProcess(namespace: string, pid: number): SimProcess | undefined {
    return this.#processes.findLast(
      (other) => !other.isDead && other.namespace === namespace && other.pid === pid,
    );
  }

  crash(): void {
    for (const process of this.#processes) process.end("crashed");
    for (const name of this.#ownVolumes) this.world.crashVolume(this.tree.volumes.get(name));
    this.#boot++;
    this.#nextPid.clear();
  }
}
