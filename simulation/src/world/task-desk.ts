import type { Random } from "../random.ts";
import type { Answer, Bill, ProcessWorld, SimProcess } from "./sim-process.ts";

/** How a server of tasks behaves. */
export interface TaskClimate {
  /** How often a task fails, although it was billed. */
  readonly failed: number;
  /** How often the server forgets a task some time after its images were there. */
  readonly forgotten: number;
  /** The longest that most tasks take. */
  readonly slowMs: number;
}

/** When a process had received a response completely. */
export interface Receipt {
  readonly process: SimProcess;
  readonly atMs: number;
}

/** A task that the bank made of a bill. */
export interface Task {
  readonly id: string;
  readonly bill: Bill;
  readonly readyAtMs: number;
  readonly isFailure: boolean;
  /** From then on the server knows nothing of it. */
  readonly forgottenAtMs: number;
  /** Who had the response to the form, with the id. */
  readonly announced: Receipt[];
  /** Who had the images. */
  readonly delivered: Receipt[];
}

/** Tasks of a bank. Nothing that is asked here is billed. */
export class TaskDesk {
  readonly tasks = new Map<string, Task>();
  readonly #world: ProcessWorld;
  readonly #climate: TaskClimate;
  readonly #random: Random;

  constructor(world: ProcessWorld, climate: TaskClimate, random: Random) {
    this.#world = world;
    this.#climate = climate;
    this.#random = random;
  }

  /** Makes a task of a bill, and returns the response to its form. */
  accept(bill: Bill, delayMs: number): Answer {
    const { failed, forgotten, slowMs } = this.#climate;
    const random = this.#random;
    const takesMs = random.chance(0.1) ? random.between(2, 6) * slowMs : random.between(0.02, 1) * slowMs;
    const readyAtMs = bill.atMs + takesMs;
    const isFailure = random.chance(failed);
    const keptMs = random.chance(forgotten) ? random.between(0, 300_000) : Number.POSITIVE_INFINITY;
    const rest = { readyAtMs, isFailure, forgottenAtMs: readyAtMs + keptMs, announced: [], delivered: [] };
    const task: Task = { id: `task-${bill.number}`, bill, ...rest };
    this.tasks.set(task.id, task);
    const end = isFailure
      ? "will fail"
      : keptMs < Number.POSITIVE_INFINITY
        ? "will be forgotten"
        : "will end";
    this.#world.log(bill.process, `bank bill ${bill.number}: ${bill.prompt}; task ${task.id} ${end}`);
    const accepted = answer(202, { id: task.id, status: "queued" }, delayMs);
    return { ...accepted, onArrival: (process) => void task.announced.push(this.#now(process)) };
  }

  /** Says what a task does. */
  poll(path: string, process: SimProcess): Answer {
    const { random } = process;
    const { trouble } = this.#world.bank.climate;
    const { nowMs } = this.#world.timeline;
    const delayMs = random.between(20, 2_000);
    const task = this.tasks.get(path.slice(path.lastIndexOf("/") + 1));
    const dice = random.next() / trouble;
    if (dice < 0.05)
      return answer(random.pick([408, 429, 500, 503]), { error: { message: "Later." } }, delayMs);
    if (dice < 0.06) return answer(401, { error: { code: "invalid_api_key", message: "No." } }, delayMs);
    if (task === undefined || nowMs >= task.forgottenAtMs)
      return answer(random.pick([404, 410]), { error: { message: "No such task." } }, delayMs);
    if (nowMs < task.readyAtMs) return cut(answer(200, { status: "processing" }, delayMs), dice, random);
    if (task.isFailure)
      return answer(
        200,
        { status: "failed", error: { code: "moderation_blocked", message: "No." } },
        delayMs,
      );
    const data = task.bill.images.map((image) => ({ b64_json: image.toString("base64") }));
    const done = answer(200, { status: "completed", result: { data } }, delayMs);
    const onArrival = (receiver: SimProcess): void => {
      task.delivered.push(this.#now(receiver));
      this.#world.log(receiver, `has the images of ${task.id}`);
    };
    return cut({ ...done, onArrival }, dice, random);
  }

  #now(process: SimProcess): Receipt {
    return { process, atMs: this.#world.timeline.nowMs };
  }
}

function answer(status: number, body: object, delayMs: number): Answer {
  const headers = { "content-type": "application/json" };
  const chunks = [Buffer.from(JSON.stringify(body))];
  return { status, headers, chunks, cutAfter: undefined, delayMs, chunkMs: 1, bill: undefined };
}

function cut(whole: Answer, dice: number, random: Random): Answer {
  return dice >= 0.06 && dice < 0.12 ? { ...whole, cutAfter: random.pick([-1, 0]) } : whole;
}
