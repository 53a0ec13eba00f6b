import { usageError } from "../errors/cli-error.ts";
import type { FoundClaim } from "../journal/claims/claim-file.ts";
import { takeLock } from "../journal/claims/run-lock.ts";
import { appendEntry } from "../journal/journal.ts";
import type { System } from "../journal/system.ts";
import { openOwnClaims, type UnfinishedEdit, type UnfinishedEdits } from "../journal/unfinished-edits.ts";
import { removeMask, removeResponse } from "../masks/paste-back-record.ts";

/**
 * Closes the records of edits that a person wants to forget, and removes their claims. `startedMs` is when the person asked, by
 * the clock of the file system.
 *
 * @throws CliError, exit code 2, for one that runs, that is not unfinished, or whose journal was written since.
 */
export async function dismissEdits(
  ids: readonly string[],
  { edits }: Pick<UnfinishedEdits, "edits">,
  claims: readonly FoundClaim[],
  startedMs: number | undefined,
  system: System,
): Promise<void> {
  /** Times of the journals that this command has written. */
  const writtenMs = new Map<string, number>();
  for (const id of ids) {
    const edit = edits.find(({ record }) => record.id === id);
    const request = edit?.record.plan?.request ?? claims.find((claim) => claim.id === id)?.request;
    if (edit === undefined && request === undefined) throw notUnfinished(id);
    if (edit !== undefined) {
      const knownMs = writtenMs.get(edit.journal) ?? startedMs;
      writtenMs.set(edit.journal, await dismiss(edit, knownMs, system));
      // Not by another name: what has arrived since is of an attempt that this person has not seen.
      for (const { file } of edit.responses) await removeResponse(file, system);
      await removeMask(edit.responseFile, system);
    }
    if (request !== undefined) await openOwnClaims(system).resolve(request, id);
  }
}

/** Closes a record. Returns the time of its journal. */
async function dismiss(
  { record: { id }, running, journal, lock }: UnfinishedEdit,
  knownMs: number | undefined,
  system: System,
): Promise<number> {
  if (running) throw usageError(`\`${id}\` is still running. Wait for it to end, or stop it.`);
  const held = lock === undefined ? undefined : await takeLock(lock, { what: "This batch" }, system);
  const timeOf = async () => (await system.files.stat(journal)).mtimeMs;
  try {
    // Not by the times of its entries: clocks jump, and machines that share the directory have different ones.
    if (knownMs !== undefined && (await timeOf()) > knownMs) throw changedMeanwhile(id);
    await appendEntry(journal, { type: "dismissed", id }, system);
    return await timeOf();
  } finally {
    await held?.release();
  }
}

function changedMeanwhile(id: string): Error {
  return usageError(
    `\`${id}\` may have been sent, or have ended, while this command ran. It was not dismissed. ` +
      "Look at it with `retouch recover --list`, and repeat this.",
  );
}

/** Creates the error of an id that no unfinished edit has. */
export function notUnfinished(id: string): Error {
  return usageError(`\`${id}\` is not an unfinished edit. \`retouch recover --list\` shows their ids.`);
}
