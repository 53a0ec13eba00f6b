import path from "node:path";
import type { CommandContext } from "../arguments/command-context.ts";
import type { ParsedArguments } from "../arguments/command-definition.ts";
import { pollTasks } from "../edit/poll-tasks.ts";
import { recoverEdit } from "../edit/recover-edit.ts";
import { chooseReading } from "../edit/save-stored.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { batchesDirectory } from "../journal/batch-store.ts";
import type { FoundClaim } from "../journal/claims/claim-file.ts";
import { fileTime } from "../journal/claims/file-time.ts";
import { removeResolved } from "../journal/claims/remove-resolved.ts";
import { claimsDirectory } from "../journal/state-directory.ts";
import { type System, sizeOf } from "../journal/system.ts";
import {
  findUnfinishedEdits,
  resolvedByJournal,
  type UnfinishedEdit,
  type UnfinishedEdits,
} from "../journal/unfinished-edits.ts";
import { removeResponse } from "../masks/paste-back-record.ts";
import { removeStaleTemporaries } from "../output/write-output.ts";
import { toSafeJson } from "../terminal/sanitize-text.ts";
import { dismissEdits, notUnfinished } from "./recover-dismiss.ts";
import { printUnfinished, summarize, summarizeClaim, type UnfinishedSummary } from "./recover-list.ts";

const nothingToRecover = "Nothing to recover: every edit that was sent has its files or was rejected.";

/** The arguments of `retouch recover`. */
interface RecoverFlags {
  /** Ids of the edits to recover; all without any. */
  readonly ids: readonly string[];
  readonly list: boolean;
  /** Ids of edits to forget. */
  readonly dismiss: readonly string[];
  /** Where images go instead of their planned place. */
  readonly output: string | undefined;
}

function readRecoverFlags(parsed: ParsedArguments): RecoverFlags {
  const flags = {
    ids: parsed.operands,
    list: parsed.has("list"),
    dismiss: parsed.list("dismiss"),
    output: parsed.text("output"),
  };
  if (flags.list && flags.dismiss.length > 0)
    throw usageError("`--list` and `--dismiss` exclude each other. Give one.");
  if ((flags.list || flags.dismiss.length > 0) && (flags.ids.length > 0 || flags.output !== undefined)) {
    const flag = flags.list ? "--list" : "--dismiss";
    throw usageError(`\`${flag}\` writes no image. Leave it out, or leave out the ids and \`-o\`.`);
  }
  return flags;
}

/** Runs `retouch recover`: writes the images of stored responses, and lists edits whose outcome is unknown. */
export async function runRecover(context: CommandContext): Promise<number> {
  const { terminal, json, system } = context;
  const flags = readRecoverFlags(context.parsed);
  // First of all: this process may be stopped before it reads the records.
  const startedMs = flags.dismiss.length > 0 ? await fileTime(system.stateDirectory, system) : undefined;
  const found = await findUnfinishedEdits(system);
  for (const problem of found.problems) terminal.warn(`Skipped: ${problem.message}`);
  const claims = await withoutResolved(found.claims, system);
  if (flags.dismiss.length > 0) {
    await dismissEdits(flags.dismiss, found, claims, startedMs, system);
    terminal.note(`Dismissed ${flags.dismiss.length} edit(s).`);
    return exitCodes.ok;
  }
  const known = [...found.edits.map(({ record }) => record.id), ...claims.map(({ id }) => id)];
  const strange = flags.ids.find((id) => !known.includes(id));
  if (strange !== undefined) throw notUnfinished(strange);
  const isChosen = (id: string) => flags.ids.length === 0 || flags.ids.includes(id);
  const edits = found.edits.filter(({ record }) => isChosen(record.id));
  const others = claims.filter(({ id }) => isChosen(id));
  if (edits.length + others.length === 0 && found.problems.length === 0) terminal.note(nothingToRecover);
  if (flags.list) {
    printAll([...edits.map(summarize), ...others.map(summarizeClaim)], context);
    return exitCodes.ok;
  }
  const { written, failures, remaining } = await recoverAll(edits, flags, context);
  for (const file of found.leftovers) await removeResponse(file, system);
  await sweep(system);
  const open = [...remaining.map(summarize), ...others.map(summarizeClaim)];
  if (json) terminal.data(toSafeJson({ written, edits: open }, 2));
  else {
    for (const file of written) terminal.path(file);
    if (open.length > 0) printUnfinished(open, terminal.verbatim);
  }
  return exitCodeOfRecover(written.length > 0, failures, found);
}

/** Removes what processes have left beside claims and journals that were killed while they asked for the time. */
async function sweep(system: System): Promise<void> {
  for (const root of [claimsDirectory(system.stateDirectory), batchesDirectory(system)]) {
    const names = await system.files.readdir(root).catch(() => []);
    // What cannot be removed is empty, and harmless.
    for (const name of names)
      await removeStaleTemporaries(path.join(root, name), system).catch(() => undefined);
  }
}

function printAll(edits: readonly UnfinishedSummary[], { terminal, json }: CommandContext): void {
  if (json) terminal.data(toSafeJson({ edits }, 2));
  else printUnfinished(edits, terminal.data);
}

/** Returns 0, the code of what failed, or 3 if some were recovered and others not. */
function exitCodeOfRecover(
  hasWritten: boolean,
  failures: readonly number[],
  { problems }: UnfinishedEdits,
): number {
  if (failures.length > 0) {
    if (hasWritten) return exitCodes.batchFailed;
    return failures.includes(exitCodes.unknown) ? exitCodes.unknown : (failures[0] ?? exitCodes.unknown);
  }
  return problems.length > 0 ? exitCodes.batchFailed : exitCodes.ok;
}

async function recoverAll(
  edits: readonly UnfinishedEdit[],
  { output }: RecoverFlags,
  context: CommandContext,
): Promise<{ written: string[]; failures: number[]; remaining: UnfinishedEdit[] }> {
  const options = chooseReading(context);
  const written: string[] = [];
  const ended = edits.filter(({ running }) => !running);
  const polled = await pollTasks(ended, context);
  const remaining = [...edits.filter(({ running }) => running), ...polled.pending];
  const failures = [...polled.failures];
  const toRecover = polled.stored;
  for (const edit of toRecover) {
    const isStored = edit.responses.some(({ byteLength }) => byteLength > 0);
    const recovered = isStored
      ? await recoverEdit(edit, output, toRecover.length > 1, options, context)
      : undefined;
    written.push(...(recovered?.paths ?? []));
    if (recovered?.failure !== undefined) failures.push(recovered.failure);
    if (recovered === undefined || recovered.failure !== undefined || recovered.isOpen === true)
      remaining.push({ ...edit, responses: await stillStored(edit, context.system) });
  }
  return { written, failures, remaining };
}

async function stillStored(
  { responses }: UnfinishedEdit,
  system: System,
): Promise<UnfinishedEdit["responses"]> {
  const left = [];
  for (const response of responses) {
    const byteLength = await sizeOf(response.file, system);
    if (byteLength > 0) left.push({ ...response, byteLength });
  }
  return left;
}

/**
 * Removes claims that a killed process left although its journal shows that their request is resolved. Returns one of the
 * others for each edit.
 */
async function withoutResolved(claims: readonly FoundClaim[], system: System): Promise<FoundClaim[]> {
  const findResolution = resolvedByJournal(system);
  const open = new Map<string, FoundClaim>();
  for (const claim of claims) {
    if (claim.inFlight) continue;
    const resolution = await findResolution(claim);
    if (resolution === undefined) open.set(claim.id, claim);
    else await removeResolved(claim, resolution, system);
  }
  return [...open.values()];
}
