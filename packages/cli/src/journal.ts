/**
 * What other packages of Retouch that run the same rows are made from: manifest, journal, claims and the road of one
 * edit. It follows the CLI and changes with it; programs use `@retouch/client`.
 */
export type { CommandContext } from "./arguments/command-context.ts";
export type { BatchRow } from "./batch/manifest/batch-row.ts";
export { type CheckedManifest, checkManifest } from "./batch/manifest/check-manifest.ts";
export { findEscape } from "./batch/manifest/find-escape.ts";
export { connect, type Server } from "./edit/connect.ts";
export type { EditClient } from "./edit/edit-client.ts";
export type { EditReport } from "./edit/edit-report.ts";
export { type EditContext, sendAndSave } from "./edit/send-and-save.ts";
export { CliError, exitCodes, usageError } from "./errors/cli-error.ts";
export { type BatchFiles, batchFiles } from "./journal/batch-store.ts";
export { type Claim, type ClaimStore, openClaims } from "./journal/claims/claims.ts";
export { type Journal, openJournalBeforeSending } from "./journal/journal.ts";
export type { JournalEntry } from "./journal/journal-entry.ts";
export { nodeSystem } from "./journal/node-system.ts";
export type { System } from "./journal/system.ts";
export { imageExtensions } from "./output/output-pattern.ts";
export { refuseTilde } from "./output/refuse-tilde.ts";
export { removeStaleTemporaries, writeTemporary } from "./output/write-output.ts";
