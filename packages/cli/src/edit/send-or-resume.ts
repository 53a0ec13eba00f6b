import type { CommandContext } from "../arguments/command-context.ts";
import type { EditFlags } from "../arguments/edit-flags.ts";
import type { RateLimiter } from "../batch/run/rate-limiter.ts";
import { type ClaimStore, openClaims } from "../journal/claims/claims.ts";
import { findPendingEdit, type PendingEdit } from "../journal/find-pending.ts";
import { openJournalBeforeSending } from "../journal/journal.ts";
import { openOwnOutputs } from "../journal/own-outputs.ts";
import { type HashFile, requestKey } from "../journal/request-key.ts";
import { openSavedIndex, type SavedIndex } from "../journal/saved-index.ts";
import { claimsDirectory, newEditFiles, pruneEdits, savedDirectory } from "../journal/state-directory.ts";
import { dismissSuperseded, openOwnClaims, resolvedByJournal } from "../journal/unfinished-edits.ts";
import { checkDiskSpace } from "../output/check-disk-space.ts";
import { outputExists } from "../output/check-outputs.ts";
import type { Server } from "./connect.ts";
import type { EditJob } from "./edit-job.ts";
import type { EditReport } from "./edit-report.ts";
import { showProgress } from "./print-report.ts";
import { resumeAndSave } from "./resume-and-save.ts";
import { sendAndSave } from "./send-and-save.ts";

/** Dependencies of one edit of a run. */
interface RunOfEdits extends Pick<EditFlags, "concurrency" | "retryUnknown"> {
  readonly rateLimiter: RateLimiter;
  readonly signal: AbortSignal;
  readonly hashOf: HashFile;
}

/** Sends an edit and saves its images, or polls the task that an earlier run of the same command has left. */
export async function sendOrResume(
  job: EditJob,
  { client, isMock }: Server,
  { terminal, system }: CommandContext,
  { rateLimiter, signal, concurrency, retryUnknown, hashOf }: RunOfEdits,
): Promise<EditReport> {
  const request = await requestKey(client.serverKey, job, hashOf);
  const saved = isMock ? undefined : openSavedIndex([savedDirectory(system.stateDirectory)], system);
  const claims = isMock
    ? undefined
    : openClaims([claimsDirectory(system.stateDirectory)], resolvedByJournal(system), system);
  const pending = retryUnknown ? undefined : await findPendingEdit(request, claims, system);
  if (pending !== undefined)
    return resumeOne(job, pending, { client, claims, saved, signal, terminal, system });
  // One that was killed before it could add its edit to the index; what cannot be read is reported by the claim below.
  await claims?.sweep(request).catch(() => undefined);
  await noteEarlier(request, job, saved, terminal);
  const files = newEditFiles(system);
  const journal = await openJournalBeforeSending(files.journal, system);
  const progress = showProgress(terminal, job);
  try {
    await checkDiskSpace(files.response, job, concurrency, system);
    // Looked up before sending: what another process sends meanwhile is not superseded by this edit.
    const earlier = retryUnknown && !isMock ? await openOwnClaims(system).find(request) : [];
    const report = await sendAndSave(job, {
      system,
      id: files.id,
      request,
      client,
      claims,
      retryUnknown,
      outputs: openOwnOutputs([savedDirectory(system.stateDirectory)], system),
      saved,
      journal,
      responseFile: files.response,
      signal,
      sink: (bytes) => terminal.bytes(bytes),
      async beforeSend(attempt) {
        // A retry is one more send.
        if (attempt > 1) await rateLimiter.acquireStart(signal);
        await rateLimiter.acquireSend(signal);
      },
      onRateLimited: (delayMs) => rateLimiter.pauseFor(delayMs),
      onProgress: progress.update,
    });
    // An earlier attempt that cannot be closed stays unresolved, which is safe.
    if (report.failure === undefined) await dismissSuperseded(earlier, system).catch(() => undefined);
    return report;
  } finally {
    progress.stop();
    await journal.close();
    // A failed cleanup must not fail a billed edit.
    await pruneEdits(system).catch(() => undefined);
  }
}

/** Polls the task that an earlier run of the same command has left, instead of sending the edit again. */
async function resumeOne(
  job: EditJob,
  { record, task, request, files }: PendingEdit,
  {
    terminal,
    ...context
  }: Pick<Server, "client"> &
    Pick<CommandContext, "terminal" | "system"> & {
      readonly claims: ClaimStore | undefined;
      readonly saved: SavedIndex | undefined;
      readonly signal: AbortSignal;
    },
): Promise<EditReport> {
  terminal.note(`The same edit is task ${task.taskId} at the server. It is polled; nothing is sent again.`);
  const { system } = context;
  const journal = await openJournalBeforeSending(files.journal, system);
  const progress = showProgress(terminal, job);
  try {
    return await resumeAndSave(job, task, {
      ...context,
      id: record.id,
      request,
      hasEarlier: record.hasEarlier,
      outputs: openOwnOutputs([savedDirectory(system.stateDirectory)], system),
      journal,
      responseFile: files.response,
      sink: (bytes) => terminal.bytes(bytes),
      onProgress: progress.update,
    });
  } finally {
    progress.stop();
    await journal.close();
  }
}

/**
 * Notes where an earlier result of the same request is. Repeating it on purpose makes another image; the image of a broken
 * response must be named another with `-o`, because a script may repeat an edit that failed.
 *
 * @throws CliError, exit code 10.
 */
async function noteEarlier(
  request: string,
  { output }: EditJob,
  saved: SavedIndex | undefined,
  terminal: CommandContext["terminal"],
): Promise<void> {
  const earlier = (await saved?.find(request))?.at(-1);
  const file = earlier?.files[0]?.path;
  if (earlier === undefined) return;
  const isNumbered = output?.firstNumber !== undefined && output.firstNumber > 1;
  if (earlier.isRescued === true && isNumbered && file !== undefined) throw outputExists([file], "rescued");
  const place = file === undefined ? "" : `, and its image is ${file}`;
  terminal.note(`The same edit was saved at ${earlier.at}${place}. This makes another image.`);
}
