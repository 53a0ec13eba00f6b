import path from "node:path";
import {
  type CheckedManifest,
  CliError,
  checkManifest,
  existingOutputs,
  exitCodes,
  hashFile,
  nameSome,
  nodeSystem,
  outputExists,
  refuseBadRows,
  type System,
  type Terminal,
  usageError,
} from "@retouch/cli/journal";
import type { RunSettings } from "../jobs/row-job.ts";
import { type FoundRows, findRows } from "./find-rows.ts";
import { lastEventId } from "./follow-events.ts";
import { type OpenQueue, openQueue } from "./open-queue.ts";
import { hasJobs } from "./queue-jobs.ts";
import type { QueueProducerOptions } from "./queue-producer.ts";
import { findBudget, refuseBothBudgets } from "./run-budget.ts";
import { runId, sharedName } from "./run-settings.ts";
import { findOutsideInputs } from "./shared-inputs.ts";

/** A manifest that was checked, and what the queue knows of its rows. Nothing is queued yet. */
export interface PreparedRun {
  readonly options: QueueProducerOptions;
  readonly system: System;
  readonly checked: CheckedManifest;
  readonly settings: RunSettings;
  readonly run: string;
  readonly queue: OpenQueue;
  readonly found: FoundRows;
  /** The newest event before the ledger was read. */
  readonly lastEvent: string;
  /** Indexes of the rows that are named; all without it. */
  readonly only: ReadonlySet<number> | undefined;
}

/**
 * Checks a manifest completely, then asks the ledger for its rows.
 *
 * @throws CliError: exit code 2 for invalid rows, all of them listed, and for a Redis that is not safe; 10 for outputs
 * that exist; 9 for a budget without a price.
 */
export async function prepareRun(
  options: QueueProducerOptions,
  terminal: Pick<Terminal, "note" | "warn">,
): Promise<PreparedRun> {
  const { manifest, server, system = nodeSystem } = options;
  refuseBothBudgets(options);
  const settings = settingsOf(options);
  const checked = await checkManifest(manifest, settings, server, system);
  refuseBadRows(checked, { manifest, skipInvalid: options.skipInvalid === true }, { terminal });
  const root = rootOf(options);
  const outside = await findOutsideInputs(manifest, root, system);
  // Workers do not find these, so they cannot be skipped as invalid rows can.
  refuseBadRows({ ...checked, problems: outside }, { manifest, skipInvalid: false }, { terminal });
  const only = namedRows(options, checked);
  const manifestSha256 = await hashFile(manifest, system.files);
  const name = sharedName("The manifest", manifest, root);
  const stored: RunSettings = {
    ...settings,
    manifest: options.upload === undefined ? name : uploadedName(name, manifestSha256),
    manifestSha256,
    serverKey: server.client.serverKey,
    outDir: settings.outDir === undefined ? undefined : sharedName("`--out-dir`", settings.outDir, root),
  };
  const queue = await openQueue(options);
  try {
    const run = runId(stored);
    const maxUsd = await findBudget({ ...options, settings: stored, run }, queue, terminal);
    const lastEvent = await lastEventId(queue.redis, queue.keys.events(run));
    const choice = {
      retryFailed: options.retryFailed === true,
      retryUnknown: options.retryUnknown === true,
      retryUnwritten: options.retryUnwritten === true,
      only,
    };
    const found = await findRows(checked, choice, queue.ledger, (keys) => hasJobs(queue, keys));
    await refuseUnwritten(options, checked, { found, only, queue });
    await refuseExisting(options, checked, found, system, terminal);
    refuseUnpriced({ server, maxUsd }, checked, found, only);
    return { options, system, checked, settings: { ...stored, maxUsd }, run, queue, found, lastEvent, only };
  } catch (error) {
    await queue.close();
    throw error;
  }
}

/** Returns the folder that workers have as their storage, or whose files are put into it. */
export function rootOf({ root, manifest }: Pick<QueueProducerOptions, "root" | "manifest">): string {
  return path.resolve(root ?? path.dirname(manifest));
}

/** Returns what workers have as their storage, as it is called here. */
export function storageOf(options: Pick<QueueProducerOptions, "root" | "manifest" | "upload">): string {
  return options.upload?.name ?? rootOf(options);
}

/** Returns a name for the content of a manifest, so that an edited one leaves that of a run in its place. */
function uploadedName(name: string, sha256: string): string {
  const { dir, name: stem, ext } = path.posix.parse(name);
  return path.posix.join(dir, `${stem}.${sha256.slice(0, 16)}${ext}`);
}

function settingsOf({ defaults = {}, outDir, pasteBack, crop, force }: QueueProducerOptions) {
  return {
    defaults,
    outDir,
    pasteBack: pasteBack === true,
    crop: crop === true,
    force: force === true,
  };
}

function namedRows(
  { only, manifest }: QueueProducerOptions,
  { rows }: CheckedManifest,
): ReadonlySet<number> | undefined {
  if (only === undefined) return undefined;
  const named = only.map((name) => {
    const index = Math.max(rows.indexOfId(name), rows.indexOf(name));
    if (index !== -1) return index;
    throw usageError(
      `\`${name}\` is not a row of ${manifest}. Give the \`id\` of a row, or \`line N\` if it has none.`,
    );
  });
  return new Set(named);
}

/**
 * Refuses a named row that another machine has the image of: it is sent again only if a person says that this one is gone.
 *
 * @throws CliError, exit code 2.
 */
async function refuseUnwritten(
  { manifest }: QueueProducerOptions,
  { rows }: CheckedManifest,
  { found, only, queue }: Pick<PreparedRun, "found" | "only" | "queue">,
): Promise<void> {
  for (const index of only ?? []) {
    if (found.selection.statusOf(index) !== "finish") continue;
    const { worker = "its worker" } = (await queue.ledger.get(rows.keyOf(index))) ?? {};
    throw usageError(
      `Line ${rows.lineOf(index)} of ${manifest} is unwritten: it was billed, and the machine of ${worker} has what is left of ` +
        "it. Nothing was sent. Start a worker there. If that machine is gone, add `--retry-unwritten`: the row is billed again.",
    );
  }
}

/** Conflicts that end the search: the run is rejected anyway. */
const maxConflicts = 100;

/**
 * Looks at rows that were never sent whose output exists: a worker would find that out only once the row is billed.
 *
 * @throws CliError, exit code 10.
 */
async function refuseExisting(
  { force, skipExisting }: QueueProducerOptions,
  { rows, load }: CheckedManifest,
  { selection, inFlight, again }: FoundRows,
  system: System,
  terminal: Pick<Terminal, "note">,
): Promise<void> {
  if (force) return;
  const conflicts: string[] = [];
  const skipped: string[] = [];
  for (const index of selection.with("send")) {
    if (!rows.existsOf(index) || inFlight.has(index) || again.has(index)) continue;
    const { id, job } = await load(index);
    if (job.output === undefined) continue;
    const existing = await existingOutputs(job.output, job.count, system);
    if (existing.length === 0) continue;
    if (skipExisting) {
      skipped.push(id);
      selection.change(index, "skipped");
    } else conflicts.push(...existing);
    if (conflicts.length >= maxConflicts) break;
  }
  if (skipped.length > 0)
    terminal.note(`Skipped ${skipped.length} row(s) whose output exists: ${nameSome(skipped)}.`);
  if (conflicts.length > 0) throw outputExists(conflicts, undefined, conflicts.length >= maxConflicts);
}

/**
 * @throws CliError, exit code 9, for a budget and a row without a price.
 */
function refuseUnpriced(
  { maxUsd, server }: Pick<QueueProducerOptions, "maxUsd" | "server">,
  { rows }: CheckedManifest,
  { selection }: FoundRows,
  only: ReadonlySet<number> | undefined,
): void {
  if (maxUsd === undefined) return;
  for (const index of selection.with("send")) {
    if (rows.maxUsdOf(index) !== undefined || only?.has(index) === false) continue;
    throw new CliError(
      `The budget of USD ${maxUsd} cannot be guaranteed: the price of line ${rows.lineOf(index)} at ${server.client.server} is unknown. ` +
        "Nothing was sent. Continue without a limit with `--lift-budget`, and without `--max-cost`.",
      { exitCode: exitCodes.budget, code: "unknown_price" },
    );
  }
}
