import type { CommandContext } from "../../arguments/command-context.ts";
import { exitCodes } from "../../errors/cli-error.ts";
import { toSafeJson } from "../../terminal/sanitize-text.ts";
import type { CheckedManifest } from "../manifest/check-manifest.ts";
import { countRows } from "../run/progress.ts";
import type { RowSelection } from "./select-rows.ts";

/** Prints what a run would do and its maximum cost. Nothing is sent. */
export function printPlan(
  { rows, problems }: CheckedManifest,
  selection: RowSelection,
  { terminal, json }: CommandContext,
): number {
  let worstCaseUsd = 0;
  let unpriced = 0;
  for (const index of selection.with("send")) {
    const worst = rows.maxUsdOf(index);
    if (worst === undefined) unpriced++;
    else worstCaseUsd += worst;
  }
  const counts = countRows(selection, rows.length, problems.count);
  const plan = {
    event: "plan",
    dryRun: true,
    ...counts,
    send: counts.waiting,
    finish: counts.unwritten,
    worstCaseUsd: unpriced > 0 ? undefined : worstCaseUsd,
    rowsWithoutPrice: unpriced,
  };
  if (json) terminal.data(toSafeJson(plan));
  else {
    const { total, waiting, unwritten, saved, failed, unknown } = counts;
    terminal.data(
      `${total} rows: ${waiting} to send, ${unwritten} to finish without sending, ${saved} saved, ${failed} failed, ${unknown} unknown`,
    );
    terminal.data(
      unpriced > 0
        ? `Cost: unknown, ${unpriced} row(s) have a model or server without a known price`
        : `Cost: at most USD ${worstCaseUsd.toFixed(2)}`,
    );
    terminal.note("Dry run: nothing was sent.");
  }
  return problems.count > 0 ? exitCodes.batchFailed : exitCodes.ok;
}
