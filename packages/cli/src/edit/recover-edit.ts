import path from "node:path";
import type { CommandContext } from "../arguments/command-context.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { exitCodeOf } from "../errors/error-details.ts";
import { printError } from "../errors/print-error.ts";
import { lastFirst } from "../journal/attempts.ts";
import { takeLock } from "../journal/claims/run-lock.ts";
import { openJournalBeforeSending } from "../journal/journal.ts";
import type { PlannedEntry } from "../journal/journal-entry.ts";
import type { System } from "../journal/system.ts";
import type { UnfinishedEdit } from "../journal/unfinished-edits.ts";
import { removeResponse } from "../masks/paste-back-record.ts";
import { checkWritable } from "../output/check-outputs.ts";
import {
  inDirectory,
  type OutputPattern,
  outputPath,
  outputPattern,
  outputTemplate,
} from "../output/output-pattern.ts";
import { removeStaleTemporaries } from "../output/write-output.ts";
import { type ReadingOptions, type StoredEdit, saveStored } from "./save-stored.ts";

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

/** Recovers an edit that a person has chosen, and prints what came of it: each attempt that has a response has its own images. */
export async function recoverEdit(
  { record, journal, lock, responses }: UnfinishedEdit,
  given: string | undefined,
  several: boolean,
  options: ReadingOptions,
  context: Pick<CommandContext, "terminal" | "system">,
): Promise<Recovered> {
  const { plan } = record;
  if (plan === undefined) return { paths: [], failure: exitCodes.unknown };
  const { system } = context;
  const output = await chooseOutput(plan, given, several, system);
  if (given !== undefined) await checkWritable(output, plan.count, false, system);
  const held = lock === undefined ? undefined : await takeLock(lock, { what: "This batch" }, system);
  const log = await openJournalBeforeSending(journal, system).catch(async (error: unknown) => {
    await held?.release();
    throw error;
  });
  const paths: string[] = [];
  let failure: number | undefined;
  let isOpen = false;
  try {
    for (const attempt of new Set(lastFirst(responses, record).map((response) => response.attempt))) {
      const stored = responses.filter((response) => response.attempt === attempt && response.byteLength > 0);
      const edit = { record, plan, output, journal: log };
      const recovered = await recoverAttempt(
        edit,
        stored.map(({ file }) => file),
        options,
        context,
      );
      paths.push(...recovered.paths);
      failure ??= recovered.failure;
      isOpen ||= recovered.isOpen === true;
    }
    return { paths, failure, isOpen };
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

/** What came of an edit: its files, and the exit code of what failed. */
interface Recovered {
  readonly paths: readonly string[];
  readonly failure?: number | undefined;
  /** Whether another attempt may still be billed, which has no response. */
  readonly isOpen?: boolean;
}

/** Writes the images of the first file of an attempt that has any: its task may have been polled several times. */
async function recoverAttempt(
  edit: Omit<StoredEdit, "responseFile">,
  files: readonly string[],
  options: ReadingOptions,
  { terminal, system }: Pick<CommandContext, "terminal" | "system">,
): Promise<Recovered> {
  let unread: { readonly error: unknown; readonly rawAnswer: string } | undefined;
  for (const responseFile of files) {
    try {
      const report = await saveStored(
        { ...edit, responseFile },
        options,
        (text) => terminal.warn(text),
        system,
      );
      for (const { message } of report.warnings) terminal.warn(message);
      if (report.failure !== undefined) printError(terminal, report.failure.error, report.failure);
      // What other polls of its task have left.
      else for (const file of files) await removeResponse(file, system);
      const isOpen = report.warnings.some(({ code }) => code === "sent_again");
      return {
        paths: report.images.map(({ path: file }) => file),
        failure: report.failure?.exitCode,
        isOpen,
      };
    } catch (error) {
      if (exitCodeOf(error) === exitCodes.usage) throw error;
      unread = { error, rawAnswer: responseFile };
    }
  }
  if (unread === undefined) return { paths: [] };
  printError(terminal, unread.error, unread);
  return { paths: [], failure: exitCodes.unknown };
}
