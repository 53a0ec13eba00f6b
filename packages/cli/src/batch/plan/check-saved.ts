import { statSync } from "node:fs";
import type { CommandContext } from "../../arguments/command-context.ts";
import type { FoldedJournal } from "../../journal/fold-journal.ts";
import type { SavedFile } from "../../journal/journal-entry.ts";
import { existingOutputs } from "../../output/check-outputs.ts";
import type { CheckedManifest } from "../manifest/check-manifest.ts";
import { nameSome } from "../run/print-summary.ts";
import { findAmong } from "./check-existing.ts";
import type { RowSelection } from "./select-rows.ts";

/**
 * Warns about saved rows whose images were removed. They were billed, so they are not sent again. An image that moved with
 * its folder is recognized by its bytes.
 */
export async function warnMissingFiles(
  manifest: CheckedManifest,
  selection: RowSelection,
  history: FoldedJournal,
  { terminal }: Pick<CommandContext, "terminal">,
): Promise<void> {
  const missing: number[] = [];
  const moved: { readonly index: number; readonly files: readonly SavedFile[] }[] = [];
  await history.eachLine(({ entry, isLast }) => {
    if (entry.type !== "saved" || !isLast) return;
    const index = manifest.rows.indexOf(entry.id);
    if (index === -1 || selection.statusOf(index) !== "saved") return;
    if (!entry.files.every(({ path }) => exists(path))) moved.push({ index, files: entry.files });
  });
  for (const { index, files } of moved) if (!(await isBeside(manifest, index, files))) missing.push(index);
  if (missing.length === 0) return;
  const ids: string[] = [];
  for (const index of missing.slice(0, 5)) ids.push((await manifest.load(index)).id);
  terminal.note(
    `Images of ${missing.length} saved row(s) are no longer where they were written (${nameSome(ids, missing.length)}). ` +
      "They are not sent again: give a row another `id` to edit it once more.",
  );
}

/** Returns whether the images are where the row writes them now: the folder was moved. */
async function isBeside(
  manifest: CheckedManifest,
  index: number,
  files: readonly SavedFile[],
): Promise<boolean> {
  if (!manifest.rows.existsOf(index)) return false;
  const { output, count } = (await manifest.load(index)).job;
  if (output === undefined) return false;
  const existing = await existingOutputs(output, Math.max(count, files.length));
  for (const file of files) if ((await findAmong(file, existing)) === undefined) return false;
  return true;
}

/** Synchronous: a promise for each of a hundred thousand images takes ten times as long. */
function exists(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
