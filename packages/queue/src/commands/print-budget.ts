import type { Terminal } from "@retouch/cli/journal";
import type { RunBudget } from "../producer/run-budget.ts";

/** Prints which budget limits a run, and where it is from. What another producer did is a warning. */
export function printBudget(
  { maxUsd, since, before, by }: RunBudget,
  terminal: Pick<Terminal, "note" | "warn">,
): void {
  if (by === "another") {
    terminal.warn(
      maxUsd === undefined
        ? `Another run of this manifest lifted its budget of USD ${before}. Nothing limits what it costs now.`
        : `Another run of this manifest set its budget to USD ${maxUsd}${before === undefined ? "" : `; it was USD ${before}`}.`,
    );
  } else if (maxUsd === undefined)
    terminal.warn(
      `Lifted the budget of USD ${before}, also for runs of this manifest in progress. Nothing limits what it costs now.`,
    );
  else if (by === "earlier")
    terminal.note(
      `Budget: USD ${maxUsd}, set by an earlier run${since === undefined ? "" : ` at ${since}`}. ` +
        "Change it with `--max-cost`, or remove it with `--lift-budget`.",
    );
  else if (before === undefined || before === maxUsd) terminal.note(`Budget: USD ${maxUsd}.`);
  else
    terminal.note(`Budget: USD ${maxUsd}, also for runs of this manifest in progress. It was USD ${before}.`);
}
