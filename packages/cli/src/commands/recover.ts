import path from "node:path";
import { readResponseFile } from "@retouch/client/node";
import type { CommandContext } from "../arguments/command-context.ts";
import type { ParsedArguments } from "../arguments/command-definition.ts";
import { type SaveContext, saveResult } from "../edit/save-result.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { exitCodeOf } from "../errors/error-details.ts";
import { printError } from "../errors/print-error.ts";
import type { FoundClaim } from "../journal/claims/claims.ts";
import { takeLock } from "../journal/claims/run-lock.ts";
import { openJournal } from "../journal/journal.ts";
import type { PlannedEntry } from "../journal/journal-entry.ts";
import { openSavedIndex } from "../journal/saved-index.ts";
import { savedDirectory } from "../journal/state-directory.ts";
import { nodeSystem, removeFile } from "../journal/system.ts";
import {
  findUnfinishedEdits,
  openOwnClaims,
  resolvedByJournal,
  type UnfinishedEdit,
  type UnfinishedEdits,
} from "../journal/unfinished-edits.ts";
import { canPasteBack, removeResponse } from "../masks/paste-back-record.ts";
import { checkWritable } from "../output/check-outputs.ts";
import { type OutputPattern, outputPath, outputPattern, outputTemplate } from "../output/output-pattern.ts";
import { removeStaleTemporaries } from "../output/write-output.ts";
import { toSafeJson } from "../terminal/sanitize-text.ts";
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
  return flags;
}

/** Runs `retouch recover`: writes the images of stored responses, and lists edits whose outcome is unknown. */
export async function runRecover(context: CommandContext): Promise<number> {
  const { terminal, json } = context;
  const flags = readRecoverFlags(context.parsed);
  const found = await findUnfinishedEdits();
  for (const problem of found.problems) terminal.warn(`Skipped: ${problem.message}`);
  const claims = await withoutResolved(found.claims);
  if (flags.dismiss.length > 0) {
    for (const id of flags.dismiss) await dismiss(id, found, claims);
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
  const { written, failures, remaining } = await recoverAll(edits, flags, terminal);
  const open = [...remaining.map(summarize), ...others.map(summarizeClaim)];
  if (json) terminal.data(toSafeJson({ written, edits: open }, 2));
  else {
    for (const file of written) terminal.path(file);
    if (open.length > 0) printUnfinished(open, terminal.verbatim);
  }
  return exitCodeOfRecover(written.length > 0, failures, found);
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
  terminal: CommandContext["terminal"],
): Promise<{ written: string[]; failures: number[]; remaining: UnfinishedEdit[] }> {
  const written: string[] = [];
  const remaining: UnfinishedEdit[] = edits.filter(({ running }) => running);
  const failures: number[] = [];
  const toRecover = edits.filter(({ running }) => !running);
  for (const edit of toRecover) {
    const isStored = edit.responseBytes > 0;
    const recovered = isStored ? await recover(edit, output, toRecover.length > 1, terminal) : undefined;
    written.push(...(recovered?.paths ?? []));
    if (recovered?.failure !== undefined) failures.push(recovered.failure);
    if (recovered === undefined || recovered.failure !== undefined) remaining.push(edit);
  }
  return { written, failures, remaining };
}

/** Returns where images go: to the place that was planned, or to the one that `-o` names. */
async function chooseOutput(
  plan: PlannedEntry,
  given: string | undefined,
  several: boolean,
): Promise<OutputPattern> {
  if (given === undefined) return plan.output;
  const planned = path.parse(outputPath(plan.output, { index: 0, count: 1, extension: "png" }));
  const values = {
    dir: planned.dir,
    rel: "",
    name: planned.name,
    model: plan.model ?? "",
    hash: plan.request.slice(0, 8),
  };
  const template = await outputTemplate(given, values);
  const isDirectory = template !== given;
  if (several && !isDirectory && !template.includes("{"))
    throw usageError(
      `\`-o ${given}\` is one file, but several edits are recovered. Give a folder, or an id.`,
    );
  // In a folder, an image keeps the name that was planned.
  const text = isDirectory ? `${path.posix.join(given.replaceAll("\\", "/"), "/")}{name}.{ext}` : template;
  return outputPattern(text, values, process.cwd());
}

async function recover(
  { record, journal, lock, responseFile }: UnfinishedEdit,
  given: string | undefined,
  several: boolean,
  terminal: CommandContext["terminal"],
): Promise<{ paths: string[]; failure?: number | undefined }> {
  const { plan } = record;
  if (plan === undefined) return { paths: [], failure: exitCodes.unknown };
  const output = await chooseOutput(plan, given, several);
  if (given !== undefined) await checkWritable(output, plan.count, false);
  const held = lock === undefined ? undefined : await takeLock(lock, { what: "This batch" });
  const log = await openJournal(journal);
  try {
    const result = await readResponseFile(responseFile, { baseUrl: plan.server });
    const { count, pasteBack: paste } = plan;
    const canPaste = paste !== undefined && (await canPasteBack(paste));
    if (paste !== undefined && !canPaste) {
      terminal.warn(
        `Nothing was pasted back: ${paste.image} was changed or removed since. The image is written unchanged.`,
      );
    }
    const params = { model: plan.model, ...(canPaste ? { image: paste.image, mask: paste.mask } : {}) };
    const job = { output, count, force: false, pasteBack: canPaste, params };
    const context: SaveContext = {
      id: record.id,
      request: plan.request,
      journal: log,
      responseFile,
      sink: async () => undefined,
      saved: openSavedIndex([savedDirectory()]),
      onClosed: async (end) => {
        if (end === "saved") await openOwnClaims().resolve(plan.request, record.id);
      },
    };
    const report = await saveResult(result, job, context, record.paths);
    for (const { message } of report.warnings) terminal.warn(message);
    if (report.failure !== undefined) printError(terminal, report.failure.error, report.failure);
    return { paths: report.images.map(({ path: file }) => file), failure: report.failure?.exitCode };
  } catch (error) {
    if (exitCodeOf(error) === exitCodes.usage) throw error;
    printError(terminal, error, { rawAnswer: responseFile });
    return { paths: [], failure: exitCodes.unknown };
  } finally {
    await log.close();
    await held?.release();
    // A killed process may have left a partly written image.
    await removeStaleTemporaries(path.dirname(outputPath(output, { index: 0, count: 1, extension: "png" })));
  }
}

/** Removes claims that a killed process left although its journal shows that their request is resolved. */
async function withoutResolved(claims: readonly FoundClaim[]): Promise<FoundClaim[]> {
  const open: FoundClaim[] = [];
  for (const claim of claims) {
    if (claim.inFlight) continue;
    if (await resolvedByJournal(claim)) await removeFile(claim.file, nodeSystem);
    else open.push(claim);
  }
  return open;
}

async function dismiss(id: string, { edits }: UnfinishedEdits, claims: readonly FoundClaim[]): Promise<void> {
  const edit = edits.find(({ record }) => record.id === id);
  const request = edit?.record.plan?.request ?? claims.find((claim) => claim.id === id)?.request;
  if (edit === undefined && request === undefined) throw notUnfinished(id);
  if (edit !== undefined) {
    if (edit.running) throw usageError(`\`${id}\` is still running. Wait for it to end, or stop it.`);
    const held = edit.lock === undefined ? undefined : await takeLock(edit.lock, { what: "This batch" });
    try {
      const log = await openJournal(edit.journal);
      await log.write({ type: "dismissed", id });
      await log.close();
    } finally {
      await held?.release();
    }
    await removeResponse(edit.responseFile);
  }
  if (request !== undefined) await openOwnClaims().resolve(request, id);
}

function notUnfinished(id: string): Error {
  return usageError(`\`${id}\` is not an unfinished edit. \`retouch recover --list\` shows their ids.`);
}
