import { hash } from "node:crypto";
import { hostname } from "node:os";
import path from "node:path";
import type { ImageFilesOptions } from "@retouch/client/node";
import { asWriteError, withOutcome } from "../errors/post-send-errors.ts";
import { type Journal, journalNotWritable } from "../journal/journal.ts";
import type { JournalEntry, PlannedEntry } from "../journal/journal-entry.ts";
import { processStart } from "../journal/run-lock.ts";
import { recordPasteBack } from "../masks/paste-back-record.ts";
import { withFreeNumber } from "../output/free-number.ts";
import { extensionFor, outputPath, stdoutOverflowPattern } from "../output/output-pattern.ts";
import type { EditClient, EditProgress } from "./edit-client.ts";
import type { EditJob } from "./edit-job.ts";
import type { EditReport } from "./edit-report.ts";
import { recordFailure, type SaveContext, saveResult } from "./save-result.ts";

/** Dependencies of one edit. */
export interface EditContext extends SaveContext {
  readonly client: EditClient;
  readonly signal: AbortSignal;
  readonly row?: number | undefined;
  readonly onProgress?: ((progress: EditProgress) => void) | undefined;
  /** Awaited right before an attempt is recorded and sent; if it throws, nothing is sent. */
  readonly beforeSend?: ((attempt: number) => Promise<void>) | undefined;
  /** Called with the delay that a 429 asks for. */
  readonly onRateLimited?: ((delayMs: number) => void) | undefined;
}

/** Start time of this process, cached because every row records it. */
let ownStart: Promise<string | undefined> | undefined;

/** Returns the journal entry of an edit before it is sent. The prompt is stored only as a hash. */
async function plannedEntry(job: EditJob, context: EditContext): Promise<PlannedEntry> {
  const { params, inputs, output, count, force } = job;
  ownStart ??= processStart(process.pid);
  return {
    type: "planned",
    id: context.id,
    pid: process.pid,
    machine: hostname(),
    startedAt: await ownStart,
    server: context.client.server,
    model: typeof params["model"] === "string" ? params["model"] : undefined,
    promptSha256: hash("sha256", String(params["prompt"] ?? "")),
    images: inputs.map(({ label }) => label),
    output: output ?? stdoutOverflowPattern(),
    count,
    force,
    responseFile: context.responseFile,
    pasteBack: await recordPasteBack(job, context.responseFile),
    row: context.row,
  };
}

/**
 * Sends one edit and saves its images, with a journal line before the POST and one after the last rename.
 * It never rejects: a failure is part of the report.
 */
export async function sendAndSave(job: EditJob, context: EditContext): Promise<EditReport> {
  const { id, client, journal } = context;
  let mayBeBilled = false;
  try {
    await writeBeforeSending(journal, await plannedEntry(job, context));
    const result = await client.edit(job.params, {
      responseFile: context.responseFile,
      files: directFiles(job),
      signal: context.signal,
      onProgress: context.onProgress,
      async beforeSending(attempt) {
        await context.beforeSend?.(attempt);
        await writeBeforeSending(journal, { type: "sent", id, attempt });
        mayBeBilled = true;
      },
      async afterRefusal(attempt, delayMs, status) {
        mayBeBilled = false;
        if (status === 429) context.onRateLimited?.(delayMs);
        await journal.write({ type: "refused", id, attempt });
      },
    });
    return await saveResult(result, { ...job, renumber: true }, context);
  } catch (error) {
    return await recordFailure(
      withOutcome(asWriteError(error), mayBeBilled),
      { images: [], warnings: [], urls: [] },
      context,
    );
  }
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
function directFiles({ output, count, force, pasteBack }: EditJob): ImageFilesOptions | undefined {
  if (output === undefined || pasteBack) return undefined;
  let placed = output;
  return {
    directory: path.dirname(outputPath(output, { index: 0, count, extension: "png" })),
    overwrite: force,
    pathFor({ index, mediaType }) {
      // Another edit may have taken the number since this one was planned.
      if (index === 1 && output.firstNumber !== undefined) placed = withFreeNumber(output, count);
      const extension = extensionFor(mediaType, output.askedExtension);
      // If more images arrive than requested, they are numbered from the second on.
      return outputPath(placed, { index: index - 1, count: Math.max(count, index), extension });
    },
  };
}
