import path from "node:path";
import { type ResponseFileOptions, readResponseFile } from "@retouch/client/node";
import type { CommandContext } from "../arguments/command-context.ts";
import { chooseTimeoutMs } from "../config/config.ts";
import { readConnectionFlags } from "../config/connection-flags.ts";
import { knownKeys } from "../config/environment.ts";
import { chooseHeaders, chooseQuery } from "../config/query-and-headers.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { exitCodeOf } from "../errors/error-details.ts";
import { printError } from "../errors/print-error.ts";
import { takeLock } from "../journal/claims/run-lock.ts";
import { type Journal, openJournalBeforeSending } from "../journal/journal.ts";
import type { PlannedEntry } from "../journal/journal-entry.ts";
import { openOwnOutputs } from "../journal/own-outputs.ts";
import { openSavedIndex } from "../journal/saved-index.ts";
import { savedDirectory } from "../journal/state-directory.ts";
import type { System } from "../journal/system.ts";
import { openOwnClaims, type UnfinishedEdit } from "../journal/unfinished-edits.ts";
import { canPasteBack } from "../masks/paste-back-record.ts";
import { checkWritable } from "../output/check-outputs.ts";
import {
  inDirectory,
  type OutputPattern,
  outputPath,
  outputPattern,
  outputTemplate,
} from "../output/output-pattern.ts";
import { removeStaleTemporaries } from "../output/write-output.ts";
import type { EditReport } from "./edit-report.ts";
import { saveRescued } from "./save-rescued.ts";
import { type SaveContext, saveResult } from "./save-result.ts";

/** Returns where images go: to the place that was planned, or to the one that `-o` names. In a folder they keep their names. */
async function chooseOutput(
  plan: PlannedEntry,
  given: string | undefined,
  several: boolean,
  system: System,
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
  const template = await outputTemplate(given, values, system.files);
  const isDirectory = template !== given;
  if (several && !isDirectory && !template.includes("{"))
    throw usageError(
      `\`-o ${given}\` is one file, but several edits are recovered. Give a folder, or an id.`,
    );
  return isDirectory
    ? inDirectory(plan.output, given)
    : outputPattern(template, values, system.workingDirectory);
}

/** How long an image of a stored response is waited for, and what the response may repeat of the request: any key of today. */
type ReadingOptions = Pick<ResponseFileOptions, "apiKey" | "headers" | "query" | "timeoutMs">;

/**
 * Chooses how stored responses are read.
 *
 * @throws CliError, exit code 2, for settings that cannot be read.
 */
export function chooseReading({ parsed, env }: Pick<CommandContext, "parsed" | "env">): ReadingOptions {
  const flags = readConnectionFlags(parsed);
  return {
    apiKey: knownKeys(env),
    headers: chooseHeaders(flags.headers ?? [], env),
    query: chooseQuery(flags.query ?? [], env),
    timeoutMs: chooseTimeoutMs(flags, env),
  };
}

/** A stored response, and where its images go. */
interface StoredEdit extends Pick<UnfinishedEdit, "record" | "responseFile"> {
  readonly plan: PlannedEntry;
  readonly output: OutputPattern;
  readonly journal: Journal;
  readonly isHeld: SaveContext["isHeld"];
}

/** Writes the images of a stored response, and closes the record of its edit. Nothing is sent. */
export async function saveStored(
  { record, plan, output, journal, responseFile, isHeld }: StoredEdit,
  options: ReadingOptions,
  onWarning: (message: string) => void,
  system: System,
): Promise<EditReport> {
  const { count, pasteBack: paste } = plan;
  const canPaste = paste !== undefined && (await canPasteBack(paste, system));
  if (paste !== undefined && !canPaste) {
    onWarning(
      `Nothing was pasted back: ${paste.image} was changed or removed since. The image is written unchanged.`,
    );
  }
  const pasted = canPaste && {
    image: paste.image,
    mask: paste.mask,
    ...(paste.asJpeg && { output_format: "jpeg" }),
  };
  const params = { model: plan.model, ...pasted };
  const crop =
    canPaste && paste.box !== undefined
      ? { original: paste.image, mask: paste.mask, size: undefined, box: paste.box }
      : undefined;
  const job = { output, count, force: false, pasteBack: canPaste, params, crop };
  // The images of a saved edit are those of another attempt.
  const isSavedBefore = record.phase === "saved";
  const context: SaveContext = {
    system,
    id: record.id,
    savedBefore: isSavedBefore ? record.files : undefined,
    request: plan.request,
    journal,
    responseFile,
    isHeld,
    sink: async () => undefined,
    outputs: openOwnOutputs([savedDirectory(system.stateDirectory)], system),
    saved: openSavedIndex([savedDirectory(system.stateDirectory)], system),
    onClosed: async (end, edit) => {
      if (end === "saved") await openOwnClaims(system).resolve(plan.request, record.id, edit);
    },
  };
  const resultPath = record.task?.dialect.result;
  const reading = {
    ...options,
    baseUrl: plan.server,
    root: plan.root,
    allowInsecureHttp: plan.insecureHttp,
    n: count,
    resultPath,
  };
  const written = isSavedBefore ? [] : record.paths;
  return readResponseFile(responseFile, reading, system).then(
    (result) => saveResult(result, job, context, written),
    async (error: unknown) => {
      const rescued = await saveRescued(error, job, context, written);
      if (rescued === undefined) throw error;
      return rescued;
    },
  );
}

/** Recovers an edit that a person has chosen, and prints what came of it. */
export async function recoverEdit(
  { record, journal, lock, responseFile }: UnfinishedEdit,
  given: string | undefined,
  several: boolean,
  options: ReadingOptions,
  { terminal, system }: Pick<CommandContext, "terminal" | "system">,
): Promise<{ paths: string[]; failure?: number | undefined }> {
  const { plan } = record;
  if (plan === undefined) return { paths: [], failure: exitCodes.unknown };
  const output = await chooseOutput(plan, given, several, system);
  if (given !== undefined) await checkWritable(output, plan.count, false, system);
  const held = lock === undefined ? undefined : await takeLock(lock, { what: "This batch" }, system);
  const log = await openJournalBeforeSending(journal, system).catch(async (error: unknown) => {
    await held?.release();
    throw error;
  });
  try {
    const stored = { record, plan, output, journal: log, responseFile, isHeld: held?.isHeld };
    const report = await saveStored(stored, options, (message) => terminal.warn(message), system);
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
    await removeStaleTemporaries(
      path.dirname(outputPath(output, { index: 0, count: 1, extension: "png" })),
      system,
    );
  }
}
