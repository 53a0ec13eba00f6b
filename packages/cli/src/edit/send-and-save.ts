import { hash } from "node:crypto";
import path from "node:path";
import type { ImageFilesOptions, TaskEvent } from "@retouch/client/node";
import { errorDetails, exitCodeOf } from "../errors/error-details.ts";
import { asWriteError, withOutcome } from "../errors/post-send-errors.ts";
import type { Claim, ClaimStore, RequestEnd } from "../journal/claims/claims.ts";
import { isSentAgain } from "../journal/is-sent-again.ts";
import { type Journal, journalNotWritable } from "../journal/journal.ts";
import type { JournalEntry, PlannedEntry } from "../journal/journal-entry.ts";
import type { Files } from "../journal/system.ts";
import { recordPasteBack } from "../masks/paste-back-record.ts";
import { withFreeNumber } from "../output/free-number.ts";
import { extensionFor, outputPath, stdoutOverflowPattern } from "../output/output-pattern.ts";
import type { EditClient, EditProgress } from "./edit-client.ts";
import type { EditJob } from "./edit-job.ts";
import type { EditReport } from "./edit-report.ts";
import { saveRescued } from "./save-rescued.ts";
import { recordFailure, type SaveContext, saveResult } from "./save-result.ts";

/** Dependencies of one edit. */
export interface EditContext extends Omit<SaveContext, "onClosed"> {
  readonly client: EditClient;
  readonly signal: AbortSignal;
  /** Claims of requests; absent for the mock, which bills nothing. */
  readonly claims?: ClaimStore | undefined;
  /** Sends a request that may be billed already. */
  readonly retryUnknown: boolean;
  /** Whether an earlier attempt of the same record may be billed; then this one's rejection leaves it unresolved. */
  readonly hasEarlier?: boolean | undefined;
  /** The row of a manifest: its line and its `id`. */
  readonly row?: { readonly line: number; readonly id: string } | undefined;
  readonly onProgress?: ((progress: EditProgress) => void) | undefined;
  /** Awaited right before an attempt is recorded and sent; if it throws, nothing is sent. */
  readonly beforeSend?: ((attempt: number) => Promise<void>) | undefined;
  /** Awaited once an attempt is recorded; if it throws, nothing is sent. What takes over from now on reads that record. */
  readonly afterRecord?: (() => Promise<void>) | undefined;
  /** Awaited once the request is claimed: reads what other processes have recorded; if it throws, nothing is sent. */
  readonly afterClaim?: ((claim: Claim | undefined) => Promise<void>) | undefined;
  /** Called with the delay that a 429 asks for. */
  readonly onRateLimited?: ((delayMs: number) => void) | undefined;
  /** Awaited once an attempt is recorded as refused: it cannot have been billed, and the next one follows. */
  readonly onRefused?: ((attempt: number) => Promise<void>) | undefined;
  /** Called once the journal has the task that the server made of the edit, before it is polled. */
  readonly onTask?: ((task: TaskEvent) => void) | undefined;
}

/** What the record of a planned edit says besides its job. */
export type PlanContext = Pick<EditContext, "id" | "request" | "responseFile" | "client" | "row" | "system">;

/** Returns the journal entry of an edit before it is sent. The prompt is stored only as a hash. */
export async function plannedEntry(
  job: EditJob,
  context: PlanContext,
  claim: Pick<Claim, "hasEarlier"> | undefined,
): Promise<PlannedEntry> {
  const { params, inputs, output, count, force } = job;
  return {
    type: "planned",
    id: context.id,
    request: context.request,
    owner: await context.system.processes.describe(),
    server: context.client.server,
    root: context.client.root,
    insecureHttp: context.client.allowInsecureHttp,
    model: typeof params["model"] === "string" ? params["model"] : undefined,
    promptSha256: hash("sha256", String(params["prompt"] ?? "")),
    images: inputs.map(({ label }) => label),
    output: output ?? stdoutOverflowPattern(context.system.workingDirectory),
    count,
    force,
    responseFile: context.responseFile,
    pasteBack: await recordPasteBack(job, context.responseFile, context.system),
    hasEarlier: claim?.hasEarlier === true ? true : undefined,
    row: context.row?.line,
    rowId: context.row?.id,
    maxUsd: context.client.worstCaseUsd(params),
  };
}

/**
 * Sends one edit and saves its images, with a journal line before the POST and one after the last rename.
 * It never rejects: a failure is part of the report.
 */
export async function sendAndSave(job: EditJob, context: EditContext): Promise<EditReport> {
  const { id, request, client, journal, claims, retryUnknown, hasEarlier = false } = context;
  let mayBeBilled = false;
  let hasEnded = false;
  let task: TaskEvent | undefined;
  let claim: Claim | undefined;
  let takenOver: { readonly error: unknown } | undefined;
  const closing = {
    ...context,
    // A claim that cannot be read counts as lost.
    isSentAgain: async () =>
      claim?.checkHeld().then(
        () => false,
        () => isSentAgain(journal.file, id, context.responseFile, context.system),
      ) ?? false,
    async onClosed(end: RequestEnd) {
      await claim?.close(end === "not-billed" && hasEarlier ? "unresolved" : end);
    },
  };
  async function checkHeld(): Promise<void> {
    await claim?.checkHeld().catch((error: unknown) => {
      if (errorDetails(error).code === "in_flight") takenOver = { error };
      throw error;
    });
  }
  try {
    claim = await claims?.acquire({ request, id, journal: journal.file }, { retryUnknown });
    await context.afterClaim?.(claim);
  } catch (error) {
    await closing.onClosed("not-billed");
    // The record of an earlier attempt stays as it is.
    return failedBefore(error);
  }
  try {
    await writeBeforeSending(journal, await plannedEntry(job, context, claim));
    // Not in `beforeSending`, where it would come between the slot of a rate and the record of the attempt.
    await claim?.markSent();
    const result = await client.edit(job.params, {
      responseFile: context.responseFile,
      files: directFiles(job, context.system.files),
      signal: context.signal,
      onProgress: context.onProgress,
      async beforeSending(attempt) {
        // Before the wait for a slot, which the record of the attempt follows at once.
        await checkHeld();
        await context.beforeSend?.(attempt);
        // The time limit passed meanwhile: nothing is sent, and nothing may be recorded as sent.
        if (hasEnded) throw new Error("The edit ended before this attempt.");
        await writeBeforeSending(journal, { type: "sent", id, attempt });
        // Again: a process that took the claim meanwhile may have read the journal before this entry.
        await checkHeld();
        await context.afterRecord?.();
        mayBeBilled = true;
      },
      async afterRefusal(attempt, delayMs, status) {
        mayBeBilled = false;
        if (status === 429) context.onRateLimited?.(delayMs);
        await journal.write({ type: "refused", id, attempt });
        await context.onRefused?.(attempt);
      },
      async onTask(made) {
        task = made;
        // First: a full disk must not keep the task from who can poll it as well.
        context.onTask?.(made);
        await journal.write({ type: "task", id, task: made });
      },
    });
    return await saveResult(result, { ...job, renumber: true }, closing);
  } catch (error) {
    hasEnded = true;
    // This process may have been stopped: what it did not send must not close the record of another one that did.
    if (!mayBeBilled) await checkHeld().catch(() => undefined);
    if (takenOver !== undefined) {
      // The record is the other process's now.
      await closing.onClosed("not-billed");
      return failedBefore(takenOver.error);
    }
    const failure = withOutcome(asWriteError(error), mayBeBilled);
    const rescued = await saveRescued(error, { ...job, renumber: true }, closing);
    if (rescued !== undefined)
      return { failure: { error: failure, exitCode: exitCodeOf(failure), urls: [] }, ...rescued };
    return await recordFailure(failure, { images: [], warnings: [], urls: [] }, { ...closing, task });
  }
}

/** Returns the report of an edit that was not sent, and has no record of its own. */
function failedBefore(error: unknown): EditReport {
  return { images: [], warnings: [], failure: { error, exitCode: exitCodeOf(error), urls: [] } };
}

/**
 * Writes an entry without which nothing may be sent.
 *
 * @throws CliError, exit code 2.
 */
async function writeBeforeSending(journal: Journal, entry: JournalEntry): Promise<void> {
  await journal.write(entry).catch((error: unknown) => {
    throw journalNotWritable(journal.file, error);
  });
}

/** Returns where images are written while they arrive, unless they are processed first. */
export function directFiles(
  { output, count, force, pasteBack }: EditJob,
  files: Files,
): ImageFilesOptions | undefined {
  if (output === undefined || pasteBack) return undefined;
  let placed = output;
  return {
    directory: path.dirname(outputPath(output, { index: 0, count, extension: "png" })),
    overwrite: force,
    pathFor({ index, mediaType }) {
      // Another edit may have taken the number since this one was planned.
      if (index === 1 && output.firstNumber !== undefined) placed = withFreeNumber(output, count, files);
      const extension = extensionFor(mediaType, output.askedExtension);
      // If more images arrive than requested, they are numbered from the second on.
      return outputPath(placed, { index: index - 1, count: Math.max(count, index), extension });
    },
  };
}
