import type { CommandContext } from "../../arguments/command-context.ts";
import { exitCodes } from "../../errors/exit-codes.ts";
import { type BatchCounts, countsLine } from "./progress.ts";

/** Tells how a run ended, and what is left to do. */
export function tellEnd(counts: BatchCounts, { terminal }: Pick<CommandContext, "terminal">): void {
  terminal.note(`${countsLine(counts)}.`);
  const left = counts.total - counts.saved - counts.skipped - counts.failed - counts.unknown;
  if (left > 0) terminal.note(`${left} row(s) were not sent. Run the same command again to go on.`);
  if (counts.unknown > 0) {
    terminal.note(
      "Unknown rows may have been billed. Send them again with `--retry-unknown` only if that is worth it.",
    );
  }
}

/** Decides how a run ends: the signal, else unknown rows, else failed or invalid ones. */
export function exitCodeOfRun(counts: BatchCounts, signal: "SIGINT" | "SIGTERM" | undefined): number {
  if (signal !== undefined) return signal === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
  if (counts.unknown > 0) return exitCodes.unknown;
  const left = counts.total - counts.saved - counts.skipped;
  return counts.failed > 0 || counts.invalid > 0 || left > 0 ? exitCodes.batchFailed : exitCodes.ok;
}
