import type { Runtime } from "@retouch/client/node";
import type { Spending } from "../../journal/costs.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { RowSelection } from "../plan/select-rows.ts";

/**
 * How many rows are in each state, under the same names in `run`, `status` and `--json`. Every row is in one of them;
 * `invalid` lines are not rows.
 */
export interface RowCounts {
  total: number;
  saved: number;
  /** Not sent because the output exists. */
  skipped: number;
  /** Rejected, or never sent completely: not billed. */
  failed: number;
  /** Sent without a result: maybe billed. */
  unknown: number;
  /** Billed, and the response is stored, but the images are not written yet. */
  unwritten: number;
  /** Not sent yet. */
  waiting: number;
  invalid: number;
}

/** Counts of a run in progress, and what it cost. */
export interface BatchCounts extends RowCounts {
  running: number;
  /** Rows that this run has finished, however they ended. */
  finished: number;
  /** What the edits cost that were sent by this run and earlier ones; see {@link Spending}. */
  spending: Spending;
}

/** Counts the rows before a run. */
export function countRows(selection: RowSelection, total: number, invalid: number): RowCounts {
  return {
    total,
    saved: selection.count("saved"),
    skipped: selection.count("skipped"),
    failed: selection.count("failed"),
    unknown: selection.count("unknown"),
    unwritten: selection.count("finish"),
    waiting: selection.count("send"),
    invalid,
  };
}

/** Returns the counts as one line. */
export function countsLine(counts: RowCounts & { running?: number }, secondsLeft?: number): string {
  const parts = [`${counts.saved} of ${counts.total} saved`];
  const { skipped, running = 0, failed, unknown, unwritten, waiting, invalid } = counts;
  for (const [name, count] of Object.entries({
    skipped,
    running,
    waiting,
    failed,
    unknown,
    unwritten,
    invalid,
  }))
    if (count > 0) parts.push(`${count} ${name}`);
  if (secondsLeft !== undefined) parts.push(`about ${duration(secondsLeft)} left`);
  return parts.join(", ");
}

/** Returns what edits cost as text; undefined if nothing was sent. */
export function spendingText({ usd, unpriced }: Spending): string | undefined {
  if (usd === 0 && unpriced === 0) return undefined;
  const others = unpriced === 0 ? "" : `${usd > 0 ? ", and " : ""}${unpriced} edit(s) without a known price`;
  return (usd > 0 ? `USD ${usd.toFixed(2)} at most` : "") + others;
}

/** Formats seconds as a duration. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Shows the counts on one updating line while rows run. */
export function showBatchProgress(
  terminal: Terminal,
  counts: BatchCounts,
  { performance }: Runtime,
  drainSignal: AbortSignal,
): { update(): void; stop(): void } {
  // Without a terminal the written paths are the progress, and the counts follow at the end.
  if (!terminal.err.interactive) return { update() {}, stop() {} };
  const started = performance.now();
  const line = terminal.progress(countsLine(counts));
  return {
    update() {
      const { finished, waiting, running } = counts;
      // A row that failed took its time too.
      // What waits is not sent once the run is stopping.
      const secondsEach =
        finished === 0 || drainSignal.aborted ? undefined : (performance.now() - started) / 1000 / finished;
      line.update(
        countsLine(counts, secondsEach === undefined ? undefined : secondsEach * (waiting + running)),
      );
    },
    stop: line.stop,
  };
}
