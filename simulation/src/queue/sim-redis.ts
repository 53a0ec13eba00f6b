// Over 220 lines: what Redis does for the ledger and for the jobs, which one loss takes together.
import type { RowJob, RunSettings } from "../../../packages/queue/src/jobs/row-job.ts";
import type {
  Ledger,
  LedgerRow,
  StartRequest,
  StartVerdict,
} from "../../../packages/queue/src/ledger/ledger.ts";
import { hasOpenTask } from "../../../packages/queue/src/ledger/open-task.ts";
import type { Random } from "../random.ts";
import type { SimProcess } from "../world/sim-process.ts";
import type { Timeline } from "../world/timeline.ts";
import type { LedgerModel, QueueService } from "./service.ts";

/** How unreliable Redis, its network, BullMQ and the storage are. */
export interface QueueClimate {
  /** How often a request or its reply is lost; the process sends it again once it is connected again. */
  readonly lost: number;
  /** How often a job is delivered while another process has it. */
  readonly duplicated: number;
  /** How often an upload fails. */
  readonly notUploaded: number;
}

/** A script that has run, so that Redis can be put back to an earlier time. */
interface Change {
  readonly atMs: number;
  readonly key: string;
  readonly effect: (model: LedgerModel) => unknown;
  /** When it let the row be sent, if it did. */
  sentAt?: number;
}

/** Time between looks for jobs whose process shows no sign of life. */
const lookMs = 30_000;
/** How much later a repeated command may be read. */
const lateMs = 20_000;

/** Redis with an append-only file that is synced on each write, and jobs that are delivered at least once. */
export class SimRedis {
  ledger: LedgerModel;
  /** When each `go` was stored, in order. */
  sentAt: number[] = [];
  /** Rows of which a loss took something, with how many of its `go` it took. */
  readonly lostSends = new Map<string, number>();
  /** Tasks that the ledger had at any time, with the delivery that each is of. */
  readonly knownTasks = new Map<string, string>();
  /** Called with a row that has the task of another delivery than the one that sent it last. */
  onForeignTask: (key: string) => void = () => undefined;
  /** Called after each change. */
  onChange: () => void = () => undefined;
  climate: QueueClimate;
  readonly #timeline: Timeline;
  readonly #random: Random;
  /** Decides which commands arrive twice, so that the rest of a story stays as it is. */
  readonly #late: Random;
  readonly #createLedger: () => LedgerModel;
  readonly #jobs = new Map<string, RowJob>();
  #settings: RunSettings | undefined;
  #waiting: string[] = [];
  #changes: Change[] = [];
  #downUntilMs = 0;
  /** Who has a job, and whether it knows: the reply may be lost, and then it does not renew the lock. */
  readonly #active = new Map<string, Map<SimProcess, boolean>>();

  constructor(
    timeline: Timeline,
    [random, late]: readonly [Random, Random],
    createLedger: () => LedgerModel,
    climate: QueueClimate,
  ) {
    this.#timeline = timeline;
    this.#random = random;
    this.#late = late;
    this.#createLedger = createLedger;
    this.climate = climate;
    this.ledger = createLedger();
    this.#look();
  }

  get jobs(): readonly RowJob[] {
    return [...this.#jobs.values()];
  }

  get run(): string {
    return this.jobs[0]?.run ?? "";
  }

  get isDone(): boolean {
    const isIdle = this.#waiting.length === 0 && this.#active.size === 0;
    if (!isIdle || this.#jobs.size === 0) return false;
    for (const key of this.#jobs.keys()) if (this.ledger.get(key)?.end === undefined) return false;
    return true;
  }

  /** What Redis has of each row, for people. */
  describe(): string[] {
    return this.jobs.map(({ key, line }) => {
      const place = this.#active.has(key) ? "active" : this.#waiting.includes(key) ? "waiting" : "no job";
      return `hat ${line - 1} (${place}): ${JSON.stringify(this.ledger.get(key))}`;
    });
  }

  /** Redis sends no reply for that long. */
  stop(forMs: number): void {
    this.#downUntilMs = Math.max(this.#downUntilMs, this.#timeline.nowMs + forMs);
  }

  /** Takes back what was stored since a time, as a power failure does to a file that is not synced on each write. */
  lose(sinceMs: number): void {
    const isKept = ({ atMs }: Change) => atMs <= sinceMs;
    for (const change of this.#changes) {
      if (isKept(change)) continue;
      const { key, sentAt } = change;
      this.lostSends.set(key, (this.lostSends.get(key) ?? 0) + (sentAt === undefined ? 0 : 1));
      this.sentAt = this.sentAt.filter((at) => at !== sentAt);
    }
    this.#changes = this.#changes.filter(isKept);
    this.ledger = this.#createLedger();
    for (const { effect } of this.#changes) effect(this.ledger);
  }

  pause(isPaused: boolean): void {
    this.#change("", (model) => {
      model.isPaused = isPaused;
    });
  }

  /** Lets a row be sent once more, because a person asks. Returns whether it may be. */
  retry(key: string): boolean {
    const allow = ({ token }: Pick<LedgerRow, "token">) => {
      return this.#change(key, (model) => model.allowAgain({ key, token }));
    };
    const row = this.ledger.get(key);
    if (hasOpenTask(row)) this.queueTasks();
    const hasJob = this.#active.has(key) || this.#waiting.includes(key);
    if (row === undefined || (row.end === undefined && hasJob) || !allow(row)) return false;
    this.#repeatLate(() => void allow(row));
    this.#queue(key);
    return true;
  }

  /** Rows whose job is gone although none has an end are queued again, as a producer does. */
  queueLost(): void {
    for (const key of this.#jobs.keys()) {
      if (this.#active.has(key) || this.#waiting.includes(key)) continue;
      if (this.ledger.get(key)?.end === undefined) this.#queue(key);
    }
  }

  /** Unknown rows whose task the server may still have are queued, as by each run. Returns how many there are. */
  queueTasks(): number {
    const open = [...this.#jobs.keys()].filter((key) => hasOpenTask(this.ledger.get(key)));
    for (const key of open) if (!this.#active.has(key)) this.#queue(key);
    return open.length;
  }

  /** Returns Redis as a process sees it. */
  serviceOf(process: SimProcess): QueueService {
    const command = async <T>(effect: () => T, repeatedWithinMs = 0): Promise<T> => {
      const reply = await this.#command(process, effect);
      if (repeatedWithinMs > 0) this.#repeatLate(effect, repeatedWithinMs);
      return reply;
    };
    const change = <T>(
      key: string,
      effect: (model: LedgerModel, nowMs: number) => T,
      repeatedWithinMs = lateMs,
    ) =>
      command(() => {
        const nowMs = Math.floor(this.#timeline.nowMs);
        return this.#change(key, (model) => effect(model, nowMs));
      }, repeatedWithinMs);
    const ledger: Ledger = {
      start: (request) => command(() => this.#start(request), lateMs),
      takeBack: (request) => change(request.key, (model) => model.takeBack(request)),
      // Nothing waits for it, so it may come after all that its worker did next.
      setTask: (request) => change(request.key, (model) => model.setTask(request), 10 * lateMs),
      end: (report) => change(report.key, (model, nowMs) => model.end(report, nowMs)),
      hold: (delayMs) => change("", (model, nowMs) => model.hold(delayMs, nowMs)),
      setInterval: () => command(() => this.ledger.intervalMs),
      setPaused: (isPaused) => command(() => this.pause(isPaused)),
      get: (key) => command(() => this.ledger.get(key)),
      totals: (run) => command(() => this.ledger.totals(run)),
      allowAgain: (request) => change(request.key, (model) => model.allowAgain(request)),
    };
    return {
      ledger,
      addRun: (settings, jobs) => command(() => this.#addRun(settings, jobs)),
      nextJob: async () => {
        const taken = await command(() => this.#take(process));
        if (typeof taken === "object") this.#active.get(taken.job.key)?.set(process, true);
        return taken;
      },
      complete: ({ key }) => command(() => void this.#release(key, process)),
      putBack: ({ key }) =>
        command(() => {
          if (this.#release(key, process)) this.#queue(key);
        }),
      upload: () =>
        this.#random.chance(this.climate.notUploaded)
          ? this.#random.pick(["fails", "is complete, but fails"] as const)
          : "ok",
    };
  }

  /** What was sent on a connection that broke may be read after what was sent on the next one. */
  #repeatLate(effect: () => unknown, withinMs = lateMs): void {
    if (this.climate.lost === 0 || !this.#late.chance(0.5)) return;
    this.#timeline.schedule(this.#late.between(0, withinMs), undefined, () => {
      effect();
      this.onChange();
      return undefined;
    });
  }

  #start(request: StartRequest): StartVerdict {
    const nowMs = Math.floor(this.#timeline.nowMs);
    const before = this.ledger.get(request.key)?.sentAt;
    const verdict = this.#change(request.key, (model) => model.start(request, nowMs));
    if (verdict.verdict !== "go" || before === verdict.sentAt) return verdict;
    this.sentAt.push(verdict.sentAt);
    Object.assign(this.#changes.at(-1) ?? {}, { sentAt: verdict.sentAt });
    return verdict;
  }

  #change<T>(key: string, effect: (model: LedgerModel) => T): T {
    this.#changes.push({ atMs: this.#timeline.nowMs, key, effect });
    const result = effect(this.ledger);
    const { task, token = "" } = this.ledger.get(key) ?? {};
    if (task === undefined) return result;
    const isKnown = this.knownTasks.has(task.taskId);
    if (!isKnown) this.knownTasks.set(task.taskId, token);
    else if (this.knownTasks.get(task.taskId) !== token) this.onForeignTask(key);
    return result;
  }

  #addRun(settings: RunSettings, jobs: readonly RowJob[]): void {
    this.#settings ??= settings;
    for (const job of jobs) {
      if (this.#jobs.has(job.key)) continue;
      if (this.#jobs.size === 0) this.#change("", (model) => model.addRun(job.run, settings.maxUsd));
      this.#jobs.set(job.key, job);
      this.#queue(job.key);
    }
    // As a second producer does, which finds that no job has such a name.
    this.queueLost();
    this.queueTasks();
  }

  #take(process: SimProcess) {
    const key = this.#waiting.shift();
    const job = key === undefined ? undefined : this.#jobs.get(key);
    if (key === undefined || job === undefined || this.#settings === undefined)
      return this.isDone ? "done" : "none";
    const holders = this.#active.get(key) ?? new Map<SimProcess, boolean>();
    this.#active.set(key, holders.set(process, holders.get(process) ?? false));
    if (this.#random.chance(this.climate.duplicated)) this.#queue(key);
    return { job, settings: this.#settings };
  }

  /** A job is in the list once. */
  #queue(key: string): void {
    if (!this.#waiting.includes(key)) this.#waiting.push(key);
  }

  /** A lost lock ends nothing: another process has the job. */
  #release(key: string, process: SimProcess): boolean {
    const holders = this.#active.get(key);
    if (holders?.delete(process) !== true) return false;
    if (holders.size === 0) this.#active.delete(key);
    return true;
  }

  /** Sends a command until its reply arrives, as ioredis does. Each time, it has its effect. */
  async #command<T>(process: SimProcess, effect: () => T): Promise<T> {
    for (;;) {
      let isLost = this.#random.chance(this.climate.lost);
      const hasEffect = !isLost || this.#random.chance(0.5);
      const value = await process.call(
        () => {
          if (this.#timeline.nowMs < this.#downUntilMs) isLost = true;
          else if (hasEffect) {
            const result = effect();
            this.onChange();
            return result;
          }
          return undefined;
        },
        this.#random.between(0.2, 20),
      );
      if (!isLost) return value as T;
      const downMs = Math.max(0, this.#downUntilMs - this.#timeline.nowMs);
      await process.call(() => undefined, downMs + this.#random.between(50, downMs > 0 ? 2_000 : 40_000));
    }
  }

  /** Delivers the jobs of processes that are dead, or were frozen for longer than a lock, to others. */
  #look(): void {
    this.#timeline.schedule(lookMs, undefined, () => {
      for (const [key, holders] of this.#active) {
        for (const [process, isKnown] of holders) {
          const isGone = !isKnown || process.isDead || process.frozenUntil > this.#timeline.nowMs;
          if (!isGone) continue;
          holders.delete(process);
          this.#queue(key);
        }
        if (holders.size === 0) this.#active.delete(key);
      }
      // What is unsent and has no job was lost with a reply of Redis.
      this.queueLost();
      this.#look();
      return undefined;
    });
  }
}
