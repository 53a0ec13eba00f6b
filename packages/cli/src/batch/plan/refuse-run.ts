import type { BatchRunFlags } from "../../arguments/batch-run-flags.ts";
import type { CommandContext } from "../../arguments/command-context.ts";
import type { Server } from "../../edit/connect.ts";
import { CliError, exitCodes } from "../../errors/cli-error.ts";
import type { EditRecord } from "../../journal/edit-record.ts";
import { existingOutputs, outputExists } from "../../output/check-outputs.ts";
import type { BatchRow } from "../manifest/batch-row.ts";
import type { CheckedManifest } from "../manifest/check-manifest.ts";
import { mapLimited } from "../map-limited.ts";

/**
 * Throws for a manifest with invalid rows and lists them by line; with `--skip-invalid` only if no row is valid.
 *
 * @throws CliError, exit code 2.
 */
export function refuseBadRows(
  { problems, rows, warnings }: CheckedManifest,
  { manifest, skipInvalid }: Pick<BatchRunFlags, "manifest" | "skipInvalid">,
  { terminal }: Pick<CommandContext, "terminal">,
): void {
  for (const { line, message } of warnings) terminal.warn(`${manifest}:${line}: ${message}`);
  if (problems.length === 0) return;
  const lines = problems.map(({ line, message }) => `${manifest}:${line}: ${message}`);
  if (skipInvalid && rows.length > 0) {
    for (const line of lines) terminal.warn(`skipped ${line}`);
    return;
  }
  throw Object.assign(
    new CliError(
      `${problems.length} invalid row(s) in ${manifest}. Nothing was sent. Fix them, or skip them with \`--skip-invalid\`.`,
      { exitCode: exitCodes.usage, code: "invalid_manifest", details: lines },
    ),
    {
      problems: problems.map(({ line, message }) => ({
        field: `line ${line}`,
        code: "invalid_row",
        message,
      })),
    },
  );
}

/**
 * Throws for existing outputs that no earlier run of this manifest wrote. Returns the rows to send.
 *
 * @throws CliError, exit code 10.
 */
export async function refuseExisting(
  rows: readonly BatchRow[],
  records: ReadonlyMap<string, EditRecord>,
  { force, skipExisting }: Pick<BatchRunFlags, "force" | "skipExisting">,
  { terminal }: Pick<CommandContext, "terminal">,
): Promise<BatchRow[]> {
  if (force) return [...rows];
  const recordedPaths = new Set([...records.values()].flatMap(({ paths }) => paths));
  const conflicts: string[] = [];
  const free = await mapLimited(rows, 32, async (row) => {
    if (row.job.output === undefined) return row;
    const existing = await existingOutputs(row.job.output, row.job.count);
    if (existing.length === 0) return row;
    if (skipExisting) {
      terminal.note(`Skipped ${row.id}: ${existing[0]} exists.`);
      return undefined;
    }
    const foreign = existing.filter((file) => !recordedPaths.has(file));
    if (foreign.length > 0) conflicts.push(...foreign);
    else
      terminal.note(
        `${row.id} changed since ${existing[0]} was made: the new image gets a number beside it. Overwrite with \`--force\`.`,
      );
    return row;
  });
  if (conflicts.length > 0) throw outputExists(conflicts);
  return free.filter((row) => row !== undefined);
}

/**
 * Throws if the rows together may cost more than a limit.
 *
 * @throws CliError, exit code 9, also for an unknown price.
 */
export function refuseCost(
  rows: readonly Pick<BatchRow, "job" | "id">[],
  { client }: Pick<Server, "client">,
  maxCostUsd: number | undefined,
): void {
  if (maxCostUsd === undefined) return;
  let sum = 0;
  for (const { job, id } of rows) {
    const worst = client.worstCaseUsd(job.params);
    if (worst === undefined) {
      throw new CliError(
        `\`--max-cost\` cannot be guaranteed: the price of ${String(job.params["model"])} at ${client.server} is unknown (${id}). ` +
          "Nothing was sent. Remove `--max-cost` to continue without a limit.",
        { exitCode: exitCodes.budget, code: "unknown_price" },
      );
    }
    sum += worst;
  }
  if (sum <= maxCostUsd) return;
  throw new CliError(
    `${rows.length} edit(s) may cost USD ${sum.toFixed(2)}, more than \`--max-cost ${maxCostUsd}\`. Nothing was sent. ` +
      "Raise the limit, lower `quality` or `size`, or edit fewer images.",
    { exitCode: exitCodes.budget, code: "over_budget" },
  );
}
