import type { Server } from "../../edit/connect.ts";
import { CliError } from "../../errors/cli-error.ts";
import { exitCodes } from "../../errors/exit-codes.ts";
import type { BatchRow } from "../manifest/batch-row.ts";

/**
 * Refuses rows that together may cost more than a limit.
 *
 * @throws CliError, exit code 9, also for a price that nobody told.
 */
export function refuseCost(
  rows: readonly BatchRow[],
  { client }: Server,
  maxCostUsd: number | undefined,
): void {
  if (maxCostUsd === undefined) return;
  let sum = 0;
  for (const { job, id } of rows) {
    const worst = client.worstCaseUsd(job.params);
    if (worst === undefined) {
      throw new CliError(
        `\`--max-cost\` can not be kept: the price of ${String(job.params["model"])} at ${client.server} is unknown (row ${id}). ` +
          "Nothing was sent. Leave `--max-cost` out to go on without a limit.",
        { exitCode: exitCodes.budget, code: "unknown_price" },
      );
    }
    sum += worst;
  }
  if (sum <= maxCostUsd) return;
  throw new CliError(
    `The batch may cost USD ${sum.toFixed(2)}, more than \`--max-cost ${maxCostUsd}\`. Nothing was sent. ` +
      "Raise the limit, lower `quality` or `size`, or split the manifest.",
    { exitCode: exitCodes.budget, code: "over_budget" },
  );
}
