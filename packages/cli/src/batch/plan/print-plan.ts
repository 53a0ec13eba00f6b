import type { CommandContext } from "../../arguments/command-context.ts";
import type { Server } from "../../edit/connect.ts";
import { exitCodes } from "../../errors/cli-error.ts";
import { toSafeJson } from "../../terminal/sanitize-text.ts";
import type { CheckedManifest } from "../manifest/check-manifest.ts";
import type { RowSelection } from "./select-rows.ts";

/** Prints what a run would do and its maximum cost. Nothing is sent. */
export function printPlan(
  { rows, problems }: CheckedManifest,
  choice: RowSelection,
  { client }: Server,
  { terminal, json }: CommandContext,
): number {
  let worstCaseUsd = 0;
  let unpriced = 0;
  for (const { job } of choice.send) {
    const worst = client.worstCaseUsd(job.params);
    if (worst === undefined) unpriced++;
    else worstCaseUsd += worst;
  }
  const plan = {
    event: "plan",
    dryRun: true,
    total: rows.length,
    send: choice.send.length,
    finish: choice.finish.length,
    saved: choice.saved.length,
    failed: choice.failed.length,
    unknown: choice.unknown.length,
    invalid: problems.length,
    worstCaseUsd: unpriced > 0 ? undefined : worstCaseUsd,
    rowsWithoutPrice: unpriced,
  };
  if (json) terminal.data(toSafeJson(plan));
  else {
    const { total, send, finish, saved, failed, unknown } = plan;
    terminal.data(
      `${total} rows: ${send} to send, ${finish} to finish without sending, ${saved} saved, ${failed} failed, ${unknown} unknown`,
    );
    terminal.data(
      unpriced > 0
        ? `Cost: unknown, ${unpriced} row(s) have a model or server without a known price`
        : `Cost: at most USD ${worstCaseUsd.toFixed(2)}`,
    );
    terminal.note("Dry run: nothing was sent.");
  }
  return problems.length > 0 ? exitCodes.batchFailed : exitCodes.ok;
}
