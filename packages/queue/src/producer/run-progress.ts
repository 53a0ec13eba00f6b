import {
  type BatchCounts,
  countRows,
  exitCodeOf,
  exitCodes,
  type RowStatus,
  readRowAt,
} from "@retouch/cli/journal";
import type { LedgerRow, RowEnd } from "../ledger/ledger.ts";
import type { RowEvent } from "./follow-events.ts";
import type { PreparedRun } from "./prepare-run.ts";
import type { QueueProducerEvent } from "./queue-producer.ts";

/** Consecutive rejections of key or quota after which every further row would be rejected too. */
const maxConsecutiveRefusals = 3;
/** Codes of rows that were not sent because of the budget: they wait for a higher one. */
const budgetCodes = ["over_budget", "unknown_price"];

/** How a row ended, by an event or by the ledger. */
export type RowResult = Pick<
  LedgerRow,
  "code" | "message" | "usd" | "files" | "usage" | "requestId" | "worker"
> & {
  readonly end: RowEnd;
};

/** What is known of the rows of a run while a producer follows it. */
export class RunProgress {
  readonly counts: BatchCounts;
  /** Rows in the queue, with how often they were queued. */
  readonly outstanding = new Map<number, number>();
  /** Why no further row is queued, if so. */
  halt: "over-budget" | "refused" | undefined;
  readonly #prepared: PreparedRun;
  readonly #onEvent: (event: QueueProducerEvent) => void;
  #running = 0;
  #refusals = 0;
  /** Ends that are being reported, in order. */
  #reports: Promise<void> = Promise.resolve();

  constructor(prepared: PreparedRun, onEvent: (event: QueueProducerEvent) => void) {
    const { checked, found } = prepared;
    this.#prepared = prepared;
    this.#onEvent = onEvent;
    const counts = countRows(found.selection, checked.rows.length, checked.problems.count);
    this.counts = { ...counts, running: 0, finished: 0, spending: { usd: 0, unpriced: 0 } };
  }

  /** Resolves when each end has been reported. */
  reported(): Promise<void> {
    return this.#reports;
  }

  statusOf(index: number): RowStatus {
    return this.#prepared.found.selection.statusOf(index);
  }

  /** Notes how many rows of the queue workers have in hand. */
  setRunning(count: number): void {
    this.#running = count;
    this.#update();
  }

  /** Handles an event of the run's stream, of a row that any producer has queued. */
  apply(event: RowEvent): void {
    const index = this.#prepared.checked.rows.indexOf(event.key);
    if (index === -1) return;
    if (event.end !== "again") this.settle(index, { ...event, end: event.end });
    else if (this.statusOf(index) !== "send") {
      this.#prepared.found.selection.change(index, "send");
      this.outstanding.set(index, 1);
      this.#update();
    }
  }

  /** Records how a row ended. `wasSent` is false if it had ended before this producer came to it. */
  settle(index: number, row: RowResult, wasSent = true): void {
    const wasOutstanding = this.outstanding.delete(index);
    if (row.end === "failed" && budgetCodes.includes(row.code ?? "")) {
      this.halt ??= "over-budget";
      this.#update();
      return;
    }
    const status = row.end === "unwritten" ? "finish" : row.end;
    if (this.statusOf(index) === status && !wasOutstanding) return;
    this.#prepared.found.selection.change(index, status);
    if (wasSent) this.#countSent(index, row);
    this.counts.finished++;
    this.#update();
    this.#reports = this.#reports.then(() => this.#report(index, row, wasSent));
  }

  #countSent(index: number, { end, code, message, usd }: RowResult): void {
    const { spending } = this.counts;
    if (usd !== undefined) spending.usd += usd;
    // With a price, the ledger counts the most that it can cost.
    else if (end !== "failed" && this.#prepared.checked.rows.maxUsdOf(index) === undefined)
      spending.unpriced++;
    const rejection = Object.assign(new Error(message), { outcome: "rejected", code });
    const exitCode = end === "failed" ? exitCodeOf(rejection) : exitCodes.ok;
    const isRefusal = exitCode === exitCodes.auth || exitCode === exitCodes.quota;
    this.#refusals = isRefusal ? this.#refusals + 1 : 0;
    if (this.#refusals >= maxConsecutiveRefusals) this.halt ??= "refused";
  }

  async #report(index: number, { end, files = [], ...given }: RowResult, sent: boolean) {
    const { checked, options, queue, system } = this.#prepared;
    const key = checked.rows.keyOf(index);
    const line = checked.rows.lineOf(index);
    const raw = await readRowAt(options.manifest, checked.rows.placeOf(index), system.files).catch(
      () => undefined,
    );
    const named = raw !== undefined && "fields" in raw ? raw.fields["id"] : undefined;
    const id = typeof named === "string" || typeof named === "number" ? String(named) : `line ${line}`;
    const wasPosted = end !== "failed" || (await queue.ledger.get(key))?.sentAt !== undefined;
    const { code, message, usd, usage, requestId, worker } = given;
    const row = { key, line, id, end, sent, wasPosted, code, message, usd, files, usage, requestId, worker };
    this.#onEvent({ type: "ended", ...row });
  }

  #update(): void {
    const { counts, outstanding } = this;
    const { selection } = this.#prepared.found;
    const { saved, skipped, failed, unknown, unwritten, waiting } = countRows(selection, 0, 0);
    const running = Math.min(this.#running, outstanding.size);
    Object.assign(counts, {
      saved,
      skipped,
      failed,
      unknown,
      unwritten,
      running,
      waiting: waiting - running,
    });
    this.#onEvent({ type: "changed" });
  }
}
