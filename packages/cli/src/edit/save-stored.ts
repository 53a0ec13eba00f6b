import { type ResponseFileOptions, readResponseFile } from "@retouch/client/node";
import type { CommandContext } from "../arguments/command-context.ts";
import { chooseTimeoutMs } from "../config/config.ts";
import { readConnectionFlags } from "../config/connection-flags.ts";
import { knownKeys } from "../config/environment.ts";
import { chooseHeaders, chooseQuery } from "../config/query-and-headers.ts";
import { isEarlierAttempt, isOfAttempt } from "../journal/attempts.ts";
import { isSentAgain } from "../journal/is-sent-again.ts";
import type { Journal } from "../journal/journal.ts";
import type { PlannedEntry } from "../journal/journal-entry.ts";
import { openOwnOutputs } from "../journal/own-outputs.ts";
import { attemptOf } from "../journal/responses.ts";
import { openSavedIndex } from "../journal/saved-index.ts";
import { savedDirectory } from "../journal/state-directory.ts";
import type { System } from "../journal/system.ts";
import { openOwnClaims, type UnfinishedEdit } from "../journal/unfinished-edits.ts";
import { canPasteBack, maskCopy } from "../masks/paste-back-record.ts";
import type { OutputPattern } from "../output/output-pattern.ts";
import type { EditReport } from "./edit-report.ts";
import { saveRescued } from "./save-rescued.ts";
import { type SaveContext, saveResult } from "./save-result.ts";

/** How long an image of a stored response is waited for, and what the response may repeat of the request: any key of today. */
export type ReadingOptions = Pick<ResponseFileOptions, "apiKey" | "headers" | "query" | "timeoutMs">;

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
export interface StoredEdit extends Pick<UnfinishedEdit, "record"> {
  readonly plan: PlannedEntry;
  readonly output: OutputPattern;
  readonly journal: Journal;
  readonly responseFile: string;
}

/** Writes the images of a stored response, and closes the record of its edit. Nothing is sent. */
export async function saveStored(
  { record, plan, output, journal, responseFile }: StoredEdit,
  options: ReadingOptions,
  onWarning: (message: string) => void,
  system: System,
): Promise<EditReport> {
  const { count } = plan;
  const paste = plan.pasteBack && { ...plan.pasteBack, mask: maskCopy(responseFile) };
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
  const isSavedBefore = record.phase === "saved";
  // In old versions both attempts of a saved edit had this name.
  const isShared = attemptOf(responseFile) === `${record.id}.answer`;
  const context: SaveContext = {
    system,
    id: record.id,
    savedBefore: isSavedBefore && isShared ? record.files : undefined,
    request: plan.request,
    journal,
    responseFile,
    sink: async () => undefined,
    outputs: openOwnOutputs([savedDirectory(system.stateDirectory)], system),
    saved: openSavedIndex([savedDirectory(system.stateDirectory)], system),
    isSentAgain: isEarlierAttempt(record, responseFile)
      ? () => isSentAgain(journal.file, record.id, responseFile, system)
      : undefined,
    onClosed: async (end, edit, isReopened) => {
      if (end === "saved" && isReopened !== true)
        await openOwnClaims(system).resolve(plan.request, record.id, edit);
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
  const written = !isSavedBefore && isOfAttempt(record, responseFile) ? record.paths : [];
  return readResponseFile(responseFile, reading, system).then(
    (result) => saveResult(result, job, context, written),
    async (error: unknown) => {
      const rescued = await saveRescued(error, job, context, written);
      if (rescued === undefined) throw error;
      return rescued;
    },
  );
}
