import type { CommandContext } from "../../arguments/command-context.ts";
import type { FoldedJournal } from "../../journal/fold-journal.ts";
import type { CheckedManifest } from "../manifest/check-manifest.ts";
import { nameSome } from "../run/print-summary.ts";
import type { RowSelection } from "./select-rows.ts";

/**
 * Warns about saved rows whose images were removed. They were billed, so they are not sent again.
 */
export async function warnMissingFiles(
  manifest: CheckedManifest,
  selection: RowSelection,
  history: FoldedJournal,
  { terminal, system: { files } }: Pick<CommandContext, "terminal" | "system">,
): Promise<void> {
  // Outputs that exist were seen when the manifest was read.
  const unseen = new Set<number>();
  for (const index of selection.with("saved")) if (!manifest.rows.isCompleteOf(index)) unseen.add(index);
  if (unseen.size === 0) return;
  const missing: number[] = [];
  await history.eachLine(({ entry, isLast }) => {
    if (entry.type !== "saved" || !isLast) return;
    const index = manifest.rows.indexOf(entry.id);
    // Synchronous: a promise for each of a hundred thousand images takes ten times as long.
    // An image beside another file has a number in its name, which only the journal knows.
    if (unseen.has(index) && !entry.files.every(({ path }) => files.existsSync(path))) missing.push(index);
  });
  if (missing.length === 0) return;
  const ids: string[] = [];
  for (const index of missing.slice(0, 5)) ids.push((await manifest.load(index)).id);
  terminal.note(
    `Images of ${missing.length} saved row(s) are no longer where they were written (${nameSome(ids, missing.length)}). ` +
      "They are not sent again: give a row another `id` to edit it once more.",
  );
}
