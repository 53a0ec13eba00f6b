import type { RowJob, RunSettings } from "../../../packages/queue/src/jobs/row-job.ts";
import type { Ledger } from "../../../packages/queue/src/ledger/ledger.ts";
import { LedgerModel } from "../../../packages/queue/src/ledger/model.ts";
import type { Random } from "../random.ts";
import type { SimProcess } from "../world/sim-process.ts";
import type { Timeline } from "../world/timeline.ts";
import type { QueueService } from "./service.ts";

/** How unreliable Redis, its network and BullMQ are. */
export interface RedisClimate {
  /** How often a request or its reply is lost; the process sends it again once it is connected again. */
  readonly lost: number;
  /** How often a job is delivered while another process has it. */
  readonly duplicated: number;
}

/** Time between looks for jobs whose process shows no sign of life. */
const lookMs = 30_000;

/** Redis with an append-only file that is synced on each write, and jobs that are delivered at least once. */
export class SimRedis {
  readonly ledger = new LedgerModel();
  /** When each `go` was stored, in order. */
  readonly sentAt: number[] = [];
  /** Called after each change. */
  onChange: () => void = () => undefined;
  climate: RedisClimate;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #intervalMs: number;
  readonly #jobs = new Map<string, RowJob>();
  #settings: RunSettings | undefined;
  #waiting: string[] = [];
  /** Who has a job, and whether it knows: the reply may be lost, and then it does not renew the lock. */
  readonly #active = new Map<string, Map<SimProcess, boolean>>();

  constructor(timeline: Timeline, random: Random, intervalMs: number, climate: RedisClimate) {
    this.#timeline = timeline;
    this.#random = random;
    this.#intervalMs = intervalMs;
    this.climate = climate;
    this.ledger.intervalMs = intervalMs;
    this.#look();
  }

  get jobs(): readonly RowJob[] {
    return [...this.#jobs.values()];
  }

  get run(): string {
    return this.jobs[0]?.run ?? "";
  }

  /** What Redis has of each row, for people. */
  describe(): string[] {
    return this.jobs.map(({ key, line }) => {
      const place = this.#active.has(key) ? "active" : this.#waiting.includes(key) ? "waiting" : "no job";
      return `hat ${line - 1} (${place}): ${JSON.stringify(this.ledger.get(key))}`;
    });
  }

  get isDone(): boolean {
    const isIdle = this.#waiting.length === 0 && this.#active.size === 0;
    return (
      isIdle && this.#jobs.size > 0 && this.jobs.every(({ key }) => this.ledger.get(key)?.end !== undefined)
    );
  }

  /** Lets a row be sent once more, because a person asks. Returns whether it may be. */
  retry(key: string): boolean {
    if (!this.ledger.allowAgain(key)) return false;
    this.#waiting.push(key);
    return true;
  }

  /** Rows whose job is gone although none has an end are queued again, as a producer does. */
  queueLost(): void {
    for (const { key } of this.jobs) {
      const row = this.ledger.get(key);
      if (row?.end !== undefined || this.#active.has(key) || this.#waiting.includes(key)) continue;
      this.#waiting.push(key);
    }
  }

  /** Returns Redis as a process sees it. */
  serviceOf(process: SimProcess): QueueService {
    const command = <T>(effect: () => T): Promise<T> => this.#command(process, effect);
    const now = () => Math.floor(this.#timeline.nowMs);
    const model = this.ledger;
    const ledger: Ledger = {
      start: (request) =>
        command(() => {
          const before = model.get(request.key)?.sentAt;
          const verdict = model.start(request, now());
          if (verdict.verdict === "go" && before !== verdict.sentAt) this.sentAt.push(verdict.sentAt);
          return verdict;
        }),
      takeBack: (request) => command(() => model.takeBack(request)),
      end: (report) => command(() => model.end(report, now())),
      hold: (delayMs) => command(() => model.hold(delayMs, now())),
      setInterval: () => command(() => this.#intervalMs),
      setPaused: (isPaused) =>
        command(() => {
          model.isPaused = isPaused;
        }),
      get: (key) => command(() => model.get(key)),
      totals: (run) => command(() => model.totals(run)),
      allowAgain: (key) => command(() => model.allowAgain(key)),
    };
    const active = this.#active;
    const take = () => {
      const key = this.#waiting.shift();
      const job = key === undefined ? undefined : this.#jobs.get(key);
      if (key === undefined || job === undefined || this.#settings === undefined) return undefined;
      const holders = active.get(key) ?? new Map<SimProcess, boolean>();
      active.set(key, holders.set(process, holders.get(process) ?? false));
      if (this.#random.chance(this.climate.duplicated)) this.#waiting.push(key);
      return { job, settings: this.#settings };
    };
    return {
      ledger,
      addRun: (settings, jobs) =>
        command(() => {
          this.#settings = settings;
          for (const job of jobs) {
            if (this.#jobs.has(job.key)) continue;
            if (this.#jobs.size === 0) model.addRun(job.run, settings.maxUsd);
            this.#jobs.set(job.key, job);
            this.#waiting.push(job.key);
          }
        }),
      async nextJob() {
        const taken = await command(take);
        if (taken !== undefined) active.get(taken.job.key)?.set(process, true);
        return taken;
      },
      complete: ({ key }) => command(() => void this.#release(key, process)),
      putBack: ({ key }) =>
        command(() => {
          if (this.#release(key, process)) this.#waiting.push(key);
        }),
      isDone: () => command(() => this.isDone),
    };
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
      const isLost = this.#random.chance(this.climate.lost);
      const hasEffect = !isLost || this.#random.chance(0.5);
      const value = await process.call(
        () => {
          if (!hasEffect) return undefined;
          const result = effect();
          this.onChange();
          return result;
        },
        this.#random.between(0.2, 20),
      );
      if (!isLost) return value as T;
      await process.call(() => undefined, this.#random.between(50, 40_000));
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
          this.#waiting.push(key);
        }
        if (holders.size === 0) this.#active.delete(key);
      }
      this.#look();
      return undefined;
    });
  }
}
