import { type CommandContext, isGiven } from "../../arguments/command-context.ts";
import type { EditRecord } from "../../journal/edit-record.ts";
import { existingOutputs, outputExists } from "../../output/check-outputs.ts";
import type { BatchRow } from "../manifest/batch-row.ts";
import { mapLimited } from "../map-limited.ts";

/**
 * Finds outputs that are there and that no earlier run of this manifest wrote; gives the rows to go on with.
 *
 * @throws CliError, exit code 10.
 */
export async function refuseExisting(
  rows: readonly BatchRow[],
  records: ReadonlyMap<string, EditRecord>,
  { parsed, terminal }: CommandContext,
): Promise<BatchRow[]> {
  if (isGiven(parsed, "force")) return [...rows];
  const journaled = new Set([...records.values()].flatMap(({ paths }) => paths));
  const conflicts: string[] = [];
  const free = await mapLimited(rows, 32, async (row) => {
    if (row.job.output === undefined) return row;
    const existing = await existingOutputs(row.job.output, row.job.count);
    if (existing.length === 0) return row;
    if (isGiven(parsed, "skip-existing")) {
      terminal.note(`Skipped ${row.id}: ${existing[0]} exists.`);
      return undefined;
    }
    const foreign = existing.filter((file) => !journaled.has(file));
    if (foreign.length > 0) conflicts.push(...foreign);
    else
      terminal.note(
        `${row.id} changed since ${existing[0]} was made: the new picture gets a number beside it. Overwrite with \`--force\`.`,
      );
    return row;
  });
  if (conflicts.length > 0) throw outputExists(conflicts);
  return free.filter((row) => row !== undefined);
}
