// Over 220 lines: a method for each script of the ledger, on one state.
import type {
  AllowRequest,
  EndReport,
  LedgerRow,
  RowEnd,
  RunTotals,
  StartRequest,
  StartVerdict,
  TakeBackRequest,
  TaskRequest,
} from "./ledger.ts";
import { toMicroUsd, toUsd } from "./micro-usd.ts";
import { notSentMessage } from "./scripts.ts";

/** A row of the model; money in micro-dollars. */
interface ModelRow {
  run?: string;
  sentAt?: number | undefined;
  worker?: string;
  token?: string | undefined;
  attempt?: number;
  end?: RowEnd | undefined;
  details?: Pick<EndReport, "code" | "message" | "files"> | undefined;
  task?: TaskRequest["task"] | undefined;
  past?: number;
  hasEarlier: boolean;
  reserved: number;
  spent: number;
  /** By run: how the row ended when it was counted. */
  readonly counted: Map<string, RowEnd>;
}

/** Of a row that has not ended. */
const noEnd = { end: undefined, details: undefined, task: undefined };

interface ModelRun {
  readonly maxUsd?: number | undefined;
  reserved: number;
  spent: number;
  readonly ends: Record<RowEnd, number>;
}

/**
 * What the scripts decide, as plain code: a test compares the two, and a simulation has it in place of Redis. Every
 * method is one script; time is given.
 */
export class LedgerModel {
  intervalMs = 0;
  isPaused = false;
  readonly #rows = new Map<string, ModelRow>();
  readonly #runs = new Map<string, ModelRun>();
  #last: number | undefined;
  #heldUntil = 0;
  #heldAt = 0;

  /** Adds a run, as a producer does before its first row. */
  addRun(run: string, maxUsd: number | undefined): void {
    const ends = { saved: 0, failed: 0, unknown: 0, unwritten: 0 };
    this.#runs.set(run, { maxUsd, reserved: 0, spent: 0, ends });
  }

  /** The first time at which a row may be sent. */
  get nextMs(): number {
    return Math.max(this.#last === undefined ? 0 : this.#last + this.intervalMs, this.#heldUntil);
  }

  start({ run, key, worker, token, attempt, maxUsd }: StartRequest, nowMs: number): StartVerdict {
    const row = this.#rowOf(key);
    if (row.end === "saved") return { verdict: "saved" };
    if (row.sentAt !== undefined) {
      if (row.end === "failed" || row.end === "unwritten") return { verdict: row.end };
      if (row.end !== undefined || row.token !== token)
        return { verdict: "unknown", sentAt: row.sentAt, worker: row.worker ?? "" };
      if ((row.attempt ?? 0) >= attempt) return { verdict: "go", sentAt: row.sentAt };
      this.#takeBack(row);
    }
    const most = maxUsd === undefined ? undefined : toMicroUsd(maxUsd);
    const { maxUsd: budgetUsd, reserved, spent } = this.#runOf(run);
    if (budgetUsd !== undefined) {
      const limit = Math.floor(budgetUsd * 1e6 + 0.5);
      if (most === undefined) return { verdict: "unpriced", maxUsd: toUsd(limit) };
      if (reserved + spent + most > limit)
        return { verdict: "over-budget", usd: toUsd(reserved + spent), maxUsd: toUsd(limit) };
    }
    if (this.isPaused) return { verdict: "paused" };
    if (this.#last !== undefined) this.#last = Math.min(this.#last, nowMs);
    this.#shortenHold(nowMs);
    if (nowMs < this.nextMs) return { verdict: "wait", delayMs: this.nextMs - nowMs };
    this.#last = nowMs;
    Object.assign(row, { run, worker, token, attempt, sentAt: nowMs, ...noEnd });
    row.past ??= 0;
    row.reserved = 0;
    row.spent = 0;
    this.#pay(row, most ?? 0, 0);
    return { verdict: "go", sentAt: nowMs };
  }

  takeBack({ key, token, attempt }: TakeBackRequest): void {
    const row = this.#rowOf(key);
    if (attempt !== undefined && row.attempt !== attempt) return;
    if (row.sentAt === undefined || row.token !== token) return;
    if (row.end === "saved") this.#pay(row, 0, row.spent);
    if (row.end !== undefined && row.end !== "unknown") return;
    this.#takeBack(row);
  }

  setTask({ key, token, task }: TaskRequest): void {
    const row = this.#rowOf(key);
    if (row.sentAt === undefined || row.token !== token) return;
    if (row.end === undefined || row.end === "unknown") row.task = task;
  }

  end({ run, key, token, end, usd, task, ...details }: EndReport, nowMs: number): void {
    const row = this.#rowOf(key);
    const isOwn = row.sentAt !== undefined && token !== "" && row.token === token;
    const before = row.end;
    const isForeign = (end === "failed" || end === "unwritten") && row.sentAt !== undefined && !isOwn;
    const ending = isForeign || (end === "failed" && row.hasEarlier) ? "unknown" : end;
    const isNews = isReplaced(before, ending, isOwn, row.sentAt !== undefined);
    const most = Math.max(row.reserved, row.spent);
    if (isOwn && (isNews || (before === "saved" && row.reserved > 0)))
      this.#pay(row, 0, end === "failed" ? 0 : usd === undefined ? most : toMicroUsd(usd));
    else if (isNews && ending === "unknown" && row.sentAt !== undefined) this.#pay(row, 0, most);
    if (isNews) {
      const isSent = ending === "unknown" || ending === "unwritten";
      if (isSent && row.sentAt === undefined) Object.assign(row, { sentAt: nowMs, token: "" });
      if (isOwn || ending === "saved") row.task = ending === "unknown" ? task : undefined;
      row.end = ending;
      row.details = details;
      this.#countAll(row, ending);
    }
    this.#count(row, run, row.end);
  }

  hold(delayMs: number, nowMs: number): void {
    this.#shortenHold(nowMs);
    this.#heldAt = nowMs;
    this.#heldUntil = Math.max(this.#heldUntil, nowMs + Math.ceil(delayMs));
  }

  allowAgain({ key, token = "" }: AllowRequest): boolean {
    const row = this.#rowOf(key);
    if ((row.token ?? "") !== token || row.task !== undefined) return false;
    if (row.end === "saved" || (row.end === undefined && row.sentAt === undefined)) return false;
    if (row.end === undefined) this.#pay(row, 0, Math.max(row.reserved, row.spent));
    row.hasEarlier ||= row.end !== "failed";
    const past = (row.past ?? 0) + row.spent;
    Object.assign(row, { past, spent: 0, sentAt: undefined, token: undefined, ...noEnd });
    this.#countAll(row, undefined);
    return true;
  }

  get(key: string): LedgerRow | undefined {
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    const { sentAt, worker, token, hasEarlier, end, details, past, task } = row;
    const usd = past === undefined ? undefined : toUsd(past + Math.max(row.reserved, row.spent));
    return { key, sentAt, worker, token, hasEarlier: hasEarlier || undefined, end, usd, task, ...details };
  }

  totals(run: string): RunTotals {
    const { reserved, spent, ends } = this.#runOf(run);
    return { reservedUsd: toUsd(reserved), spentUsd: toUsd(spent), ends: { ...ends } };
  }

  /** A clock that was set back must not make a hold longer. */
  #shortenHold(nowMs: number): void {
    if (this.#heldAt <= nowMs) return;
    this.#heldUntil += nowMs - this.#heldAt;
    this.#heldAt = nowMs;
  }

  #rowOf(key: string): ModelRow {
    const row = this.#rows.get(key) ?? { reserved: 0, spent: 0, hasEarlier: false, counted: new Map() };
    this.#rows.set(key, row);
    return row;
  }

  #runOf(run: string): ModelRun {
    if (!this.#runs.has(run)) this.addRun(run, undefined);
    return this.#runs.get(run) as ModelRun;
  }

  #takeBack(row: ModelRow): void {
    this.#pay(row, 0, 0);
    Object.assign(row, { sentAt: undefined, ...noEnd });
    if (row.counted.size === 0) return;
    row.end = row.hasEarlier ? "unknown" : "failed";
    row.details = { code: "not_started", message: notSentMessage };
    this.#countAll(row, row.end);
  }

  #pay(row: ModelRow, reserved: number, spent: number): void {
    if (row.run === undefined) return;
    const run = this.#runOf(row.run);
    run.reserved += reserved - row.reserved;
    run.spent += spent - row.spent;
    Object.assign(row, { reserved, spent });
  }

  #countAll(row: ModelRow, end: RowEnd | undefined): void {
    for (const run of [...row.counted.keys()]) this.#count(row, run, end);
  }

  #count(row: ModelRow, run: string, end: RowEnd | undefined): void {
    const { ends } = this.#runOf(run);
    const before = row.counted.get(run);
    if (before !== undefined) ends[before]--;
    if (end === undefined) row.counted.delete(run);
    else {
      ends[end]++;
      row.counted.set(run, end);
    }
  }
}

/** Returns whether a new end takes the place of what is known. */
function isReplaced(before: RowEnd | undefined, end: RowEnd, isOwn: boolean, isSent: boolean): boolean {
  if (before === "saved") return false;
  if (end === "saved" || before === undefined) return true;
  if (end === "unknown") return (before === "unknown" && isOwn) || (before === "failed" && !isSent);
  return isOwn || before === "failed";
}
