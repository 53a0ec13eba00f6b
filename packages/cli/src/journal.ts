/**
 * What other packages of Retouch that run the same rows are made from: manifest, journal, claims, the pipeline of one
 * edit, and how a command line reads and prints. It follows the CLI and changes with it; programs use `@retouch/client`.
 */
export { parseRate, readBatchRunFlags } from "./arguments/batch-run-flags.ts";
export type { CommandContext } from "./arguments/command-context.ts";
export type {
  CommandDefinition,
  OptionDefinition,
  OptionGroup,
  ParsedArguments,
} from "./arguments/command-definition.ts";
export { batchRunDefinition } from "./arguments/definitions/batch-run.ts";
export {
  concurrencyOption,
  connectionOptions,
  globalOptions,
  maxCostOption,
  pickOptions,
  rateOption,
} from "./arguments/definitions/shared-options.ts";
export { parseArguments } from "./arguments/parse-arguments.ts";
export { refuseNodeOptions } from "./arguments/refuse-node-options.ts";
export { refuseNpmOptions } from "./arguments/refuse-npm-options.ts";
export { exitCodeLines, renderCommandHelp, renderSection } from "./arguments/render-help.ts";
export { version } from "./arguments/version.ts";
export type { BatchRow } from "./batch/manifest/batch-row.ts";
export { type CheckedManifest, checkManifest } from "./batch/manifest/check-manifest.ts";
export { cropRow } from "./batch/manifest/crop-row.ts";
export { createOutsideFinder, findEscape } from "./batch/manifest/find-escape.ts";
export { createInputCache } from "./batch/manifest/input-cache.ts";
export { inputNames } from "./batch/manifest/input-names.ts";
export { type RowSettings, readRow } from "./batch/manifest/parse-row.ts";
export { isCsv, readManifest, readRowAt } from "./batch/manifest/read-manifest.ts";
export { createRowCheck, type RowCheck } from "./batch/manifest/row-check.ts";
export { printPlan } from "./batch/plan/print-plan.ts";
export { refuseBadRows } from "./batch/plan/refuse-run.ts";
export { RowSelection, type RowStatus } from "./batch/plan/select-rows.ts";
export { type BatchEvents, createEvents } from "./batch/run/events.ts";
export { exitCodeOfRun, nameSome, printSummary } from "./batch/run/print-summary.ts";
export {
  type BatchCounts,
  countRows,
  countsLine,
  type RowCounts,
  showBatchProgress,
  spendingText,
} from "./batch/run/progress.ts";
export { readConnectionFlags } from "./config/connection-flags.ts";
export { type Environment, readEnvironment } from "./config/environment.ts";
export { connect, type Server } from "./edit/connect.ts";
export type { EditClient } from "./edit/edit-client.ts";
export type { EditReport } from "./edit/edit-report.ts";
export { adoptTask, resumeAndSave } from "./edit/resume-and-save.ts";
export { saveStored } from "./edit/save-stored.ts";
export { type EditContext, sendAndSave } from "./edit/send-and-save.ts";
export { CliError, exitCodes, usageError } from "./errors/cli-error.ts";
export { didYouMean } from "./errors/did-you-mean.ts";
export { errorDetails, exitCodeOf } from "./errors/error-details.ts";
export {
  exitCodeOfSignal,
  type Interruption,
  listenForSignals,
  onUnhandledSignal,
} from "./errors/interruption.ts";
export { printError, toErrorDocument } from "./errors/print-error.ts";
export { exitWith } from "./exit-with.ts";
export { plannedResponse } from "./journal/attempts.ts";
export { type BatchFiles, batchesDirectory, batchFiles } from "./journal/batch-store.ts";
export { type Claim, type ClaimStore, openClaims } from "./journal/claims/claims.ts";
export { type RunLock, takeLock } from "./journal/claims/run-lock.ts";
export { compactJournal } from "./journal/compact-journal.ts";
export { type EditRecord, isOpen, isUnresolved } from "./journal/edit-record.ts";
export { type FoldedJournal, foldJournal } from "./journal/fold-journal.ts";
export { type Journal, openJournalBeforeSending } from "./journal/journal.ts";
export type { JournalEntry } from "./journal/journal-entry.ts";
export { nodeSystem } from "./journal/node-system.ts";
export { type OwnOutputs, openOwnOutputs } from "./journal/own-outputs.ts";
export { createFileHasher, hashFile } from "./journal/request-key.ts";
export { findResponses, newResponse } from "./journal/responses.ts";
export { openSavedIndex, type SavedIndex } from "./journal/saved-index.ts";
export { claimsDirectory, savedDirectory, stateDirectory } from "./journal/state-directory.ts";
export { type EndSignal, removeFile, type System } from "./journal/system.ts";
export { resolvedByJournal } from "./journal/unfinished-edits.ts";
export { checkDiskSpace } from "./output/check-disk-space.ts";
export { existingOutputs, outputExists } from "./output/check-outputs.ts";
export { imageExtensions, outputPath } from "./output/output-pattern.ts";
export { refuseTilde } from "./output/refuse-tilde.ts";
export { removeStaleTemporaries, writeOutput, writeTemporary } from "./output/write-output.ts";
export { sanitizeText, toSafeJson } from "./terminal/sanitize-text.ts";
export { createTerminal, type Terminal } from "./terminal/terminal.ts";
