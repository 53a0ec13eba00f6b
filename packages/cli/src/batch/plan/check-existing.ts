import type { BatchRunFlags } from "../../arguments/batch-run-flags.ts";
import type { CommandContext } from "../../arguments/command-context.ts";
import type { FoldedJournal } from "../../journal/fold-journal.ts";
import type { SavedFile } from "../../journal/journal-entry.ts";
import { hashFile } from "../../journal/request-key.ts";
import type { SavedEdit, SavedIndex } from "../../journal/saved-index.ts";
import type { System } from "../../journal/system.ts";
import { KeyTable } from "../../journal/tables/key-table.ts";
import { existingOutputs, outputExists, refuseDirectories } from "../../output/check-outputs.ts";
import type { BatchRow } from "../manifest/batch-row.ts";
import type { CheckedManifest } from "../manifest/check-manifest.ts";
import { nameSome } from "../run/print-summary.ts";
import type { RowSelection } from "./select-rows.ts";

/** A row whose output is the saved result of the same request, by another manifest or a single edit. */
export interface AdoptedRow {
  readonly key: string;
  readonly files: readonly SavedFile[];
}

/** Conflicts that end the search: the run is rejected anyway, and each costs some file operations. */
const maxConflicts = 100;

/** What decides whether an existing output is a conflict. */
interface ExistingContext {
  readonly history: FoldedJournal;
  readonly saved: SavedIndex | undefined;
  readonly flags: Pick<BatchRunFlags, "force" | "skipExisting">;
}

/**
 * Looks at the rows to send whose output exists. Those that hold the saved result of the same request count as saved;
 * outputs that an earlier run of this manifest wrote get a new file beside them.
 *
 * @throws CliError, exit code 10, for files that this program did not write.
 */
export async function checkExisting(
  manifest: CheckedManifest,
  selection: RowSelection,
  toSend: Iterable<number>,
  { history, saved, flags: { force, skipExisting } }: ExistingContext,
  { terminal, system }: Pick<CommandContext, "terminal" | "system">,
): Promise<AdoptedRow[]> {
  const adopted: AdoptedRow[] = [];
  const skipped: string[] = [];
  const changed: string[] = [];
  const conflicts: string[] = [];
  let recorded: KeyTable | undefined;
  for (const index of toSend) {
    if (!manifest.rows.existsOf(index)) continue;
    const row = await manifest.load(index);
    const { output, count } = row.job;
    if (output === undefined) continue;
    if (force) await refuseDirectories(output, count, system);
    const existing = await existingOutputs(output, count, system);
    // Of this very row also with `force`, as one that this journal has as saved: another machine has run the manifest.
    const files = await findSaved(row, existing, saved, system, force ? row.key : undefined);
    if (files !== undefined) {
      adopted.push({ key: row.key, files });
      selection.change(index, "saved");
      continue;
    }
    if (force) continue;
    if (skipExisting) {
      skipped.push(row.id);
      selection.change(index, "skipped");
    } else {
      recorded ??= await recordedPaths(history);
      const foreign = existing.filter((file) => recorded?.indexOf(file) === -1);
      if (foreign.length > 0) conflicts.push(...foreign);
      else changed.push(row.id);
      if (conflicts.length >= maxConflicts) break;
    }
  }
  if (skipped.length > 0)
    terminal.note(`Skipped ${skipped.length} row(s) whose output exists: ${nameSome(skipped)}.`);
  if (conflicts.length > 0) throw outputExists(conflicts, undefined, conflicts.length >= maxConflicts);
  if (changed.length > 0)
    terminal.note(
      `${changed.length} row(s) changed since their image was made (${nameSome(changed)}): the new image gets a number ` +
        "beside it. Overwrite with `--force`.",
    );
  return adopted;
}

/** Returns the files of a saved edit of the same request, or only of the row `key`, if they are where the row writes its own. */
export async function findSaved(
  { request }: Pick<BatchRow, "request">,
  existing: readonly string[],
  saved: SavedIndex | undefined,
  system: System,
  key?: string,
): Promise<SavedFile[] | undefined> {
  const edits: SavedEdit[] = existing.length === 0 ? [] : ((await saved?.find(request)) ?? []);
  for (const { id, files } of edits) {
    if (key !== undefined && id !== key) continue;
    const found: SavedFile[] = [];
    for (const file of files) {
      const path = await findAmong(file, existing, system);
      if (path !== undefined) found.push({ ...file, path });
    }
    if (files.length > 0 && found.length === files.length) return found;
  }
  return undefined;
}

/** Returns the path among files that holds the recorded bytes. */
async function findAmong(
  { sha256, byteLength }: SavedFile,
  files: readonly string[],
  { files: disk }: System,
): Promise<string | undefined> {
  for (const file of files) {
    const size = await disk.stat(file).then(
      (found) => found.size,
      () => -1,
    );
    if (size === byteLength && (await hashFile(file, disk)) === sha256) return file;
  }
  return undefined;
}

/** Returns every path that the journal has, as keys of 16 bytes. */
async function recordedPaths(history: FoldedJournal): Promise<KeyTable> {
  const paths = new KeyTable();
  await history.eachLine(({ entry }) => {
    if (entry.type === "saved") for (const { path } of entry.files) paths.add(path);
    if (entry.type === "failed") for (const path of entry.paths) if (path !== null) paths.add(path);
  });
  return paths;
}
