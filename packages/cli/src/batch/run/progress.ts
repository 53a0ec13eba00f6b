import type { Terminal } from "../../terminal/terminal.ts";

/** Counts of a run, for progress and reports. */
export interface BatchCounts {
  total: number;
  saved: number;
  skipped: number;
  failed: number;
  unknown: number;
  invalid: number;
  running: number;
}

/** Returns the counts as one line. */
export function countsLine(counts: BatchCounts, secondsLeft?: number): string {
  const done = counts.saved + counts.skipped;
  const parts = [`${done} of ${counts.total} saved`];
  if (counts.running > 0) parts.push(`${counts.running} running`);
  if (counts.failed > 0) parts.push(`${counts.failed} failed`);
  if (counts.unknown > 0) parts.push(`${counts.unknown} unknown`);
  if (counts.invalid > 0) parts.push(`${counts.invalid} invalid`);
  if (secondsLeft !== undefined) parts.push(`about ${duration(secondsLeft)} left`);
  return parts.join(", ");
}

/** Formats seconds as a duration. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Shows the counts on one updating line while rows run. */
export function showBatchProgress(terminal: Terminal, counts: BatchCounts): { update(): void; stop(): void } {
  // Without a terminal the written paths are the progress, and the counts follow at the end.
  if (!terminal.err.interactive) return { update() {}, stop() {} };
  const started = performance.now();
  const line = terminal.progress(countsLine(counts));
  const doneBefore = counts.saved;
  return {
    update() {
      const done = counts.saved - doneBefore;
      const left = counts.total - counts.saved - counts.skipped - counts.failed - counts.unknown;
      const secondsEach = done === 0 ? undefined : (performance.now() - started) / 1000 / done;
      line.update(countsLine(counts, secondsEach === undefined ? undefined : secondsEach * left));
    },
    stop: line.stop,
  };
}
