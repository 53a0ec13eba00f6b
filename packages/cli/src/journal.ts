/**
 * What other packages of Retouch that run the same rows are made from: manifest, journal, claims and the pipeline of one
 * edit. It follows the CLI and changes with it; programs use `@retouch/client`.
 */
export type { CommandContext } from "./arguments/command-context.ts";
export type { BatchRow } from "./batch/manifest/batch-row.ts";
export { type CheckedManifest, checkManifest } from "./batch/manifest/check-manifest.ts";
export { cropRow } from "./batch/manifest/crop-row.ts";
export { createOutsideFinder } from "./batch/manifest/find-escape.ts";
export { createInputCache } from "./batch/manifest/input-cache.ts";
export { inputNames } from "./batch/manifest/input-names.ts";
export { type RowSettings, readRow } from "./batch/manifest/parse-row.ts";
export { isCsv, readRowAt } from "./batch/manifest/read-manifest.ts";
export { createRowCheck, type RowCheck } from "./batch/manifest/row-check.ts";
export { connect, type Server } from "./edit/connect.ts";
export type { EditClient } from "./edit/edit-client.ts";
export type { EditReport } from "./edit/edit-report.ts";
export { saveStored } from "./edit/recover-edit.ts";
export { type EditContext, sendAndSave } from "./edit/send-and-save.ts";
export { CliError, exitCodes, usageError } from "./errors/cli-error.ts";
export { errorDetails, exitCodeOf } from "./errors/error-details.ts";
export { type BatchFiles, batchesDirectory, batchFiles } from "./journal/batch-store.ts";
export { type Claim, type ClaimStore, openClaims } from "./journal/claims/claims.ts";
export { type RunLock, takeLock } from "./journal/claims/run-lock.ts";
export { type EditRecord, isOpen, isUnresolved } from "./journal/edit-record.ts";
export { type FoldedJournal, foldJournal } from "./journal/fold-journal.ts";
export { type Journal, openJournalBeforeSending } from "./journal/journal.ts";
export type { JournalEntry } from "./journal/journal-entry.ts";
export { nodeSystem } from "./journal/node-system.ts";
export { type OwnOutputs, openOwnOutputs } from "./journal/own-outputs.ts";
export { createFileHasher, hashFile } from "./journal/request-key.ts";
export { openSavedIndex, type SavedIndex } from "./journal/saved-index.ts";
export { claimsDirectory, savedDirectory } from "./journal/state-directory.ts";
export { removeFile, type System } from "./journal/system.ts";
export { resolvedByJournal } from "./journal/unfinished-edits.ts";
export { checkDiskSpace } from "./output/check-disk-space.ts";
export { outputPath } from "./output/output-pattern.ts";
export { writeOutput } from "./output/write-output.ts";
export { createTerminal } from "./terminal/terminal.ts";
