import type { BatchRunFlags } from "../../arguments/batch-run-flags.ts";
import type { Server } from "../../edit/connect.ts";
import { CliError, exitCodes } from "../../errors/cli-error.ts";
import type { Spending } from "../../journal/costs.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { CheckedManifest, ProblemList } from "../manifest/check-manifest.ts";

/** Lines that a list shows on the terminal; the others are counted. */
const printedLines = 20;

function listLines(manifest: string, { first, count }: ProblemList, prefix = ""): string[] {
  const lines = first
    .slice(0, printedLines)
    .map(({ line, message }) => `${prefix}${manifest}:${line}: ${message}`);
  return count > lines.length ? [...lines, `... and ${count - lines.length} more.`] : lines;
}

/**
 * Throws for a manifest with invalid rows and lists them by line; with `--skip-invalid` only if no row is valid.
 *
 * @throws CliError, exit code 2.
 */
export function refuseBadRows(
  { problems, rows, warnings }: CheckedManifest,
  { manifest, skipInvalid }: Pick<BatchRunFlags, "manifest" | "skipInvalid">,
  { terminal }: { readonly terminal: Pick<Terminal, "warn"> },
): void {
  for (const line of listLines(manifest, warnings)) terminal.warn(line);
  if (problems.count === 0) return;
  if (skipInvalid && rows.length > 0) {
    for (const line of listLines(manifest, problems, "skipped ")) terminal.warn(line);
    return;
  }
  throw Object.assign(
    new CliError(
      `${problems.count} invalid row(s) in ${manifest}. Nothing was sent. Fix them, or skip them with \`--skip-invalid\`.`,
      { exitCode: exitCodes.usage, code: "invalid_manifest", details: listLines(manifest, problems) },
    ),
    {
      problems: problems.first.map(({ line, message }) => ({
        field: `line ${line}`,
        code: "invalid_row",
        message,
      })),
    },
  );
}

/** An edit and the most it may cost; undefined if its price is unknown. */
export interface PricedEdit {
  readonly maxUsd: number | undefined;
  readonly name: string;
}

/**
 * Throws if edits together may cost more than a limit, with what earlier runs of their manifest have cost.
 *
 * @throws CliError, exit code 9, also for an unknown price.
 */
export function refuseCost(
  edits: Iterable<PricedEdit>,
  spent: Readonly<Spending>,
  { client }: Pick<Server, "client">,
  maxCostUsd: number | undefined,
): void {
  if (maxCostUsd === undefined) return;
  const unknownPrice = (what: string) =>
    new CliError(
      `\`--max-cost\` cannot be guaranteed: ${what}. Nothing was sent. Remove \`--max-cost\` to continue without a limit.`,
      { exitCode: exitCodes.budget, code: "unknown_price" },
    );
  let sum = 0;
  let count = 0;
  for (const { maxUsd, name } of edits) {
    if (maxUsd === undefined) throw unknownPrice(`the price of ${name} at ${client.server} is unknown`);
    sum += maxUsd;
    count++;
  }
  if (sum === 0) return;
  if (spent.unpriced > 0)
    throw unknownPrice(`earlier runs sent ${spent.unpriced} edit(s) whose price is unknown`);
  if (spent.usd + sum <= maxCostUsd) return;
  const earlier =
    spent.usd === 0 ? "" : `, and earlier runs of the manifest have cost up to USD ${spent.usd.toFixed(2)}`;
  throw new CliError(
    `${count} edit(s) may cost USD ${sum.toFixed(2)}${earlier}: together more than \`--max-cost ${maxCostUsd}\`. Nothing was sent. ` +
      "Raise the limit, lower `quality` or `size`, or edit fewer images.",
    { exitCode: exitCodes.budget, code: "over_budget" },
  );
}
