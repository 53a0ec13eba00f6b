import type { EditResult, TaskEvent } from "@retouch/client/node";
import { CliError } from "../errors/cli-error.ts";
import { errorDetails, exitCodeOf } from "../errors/error-details.ts";
import { asWriteError, withOutcome } from "../errors/post-send-errors.ts";
import type { ClaimStore } from "../journal/claims/claims.ts";
import { newPollResponse, responsesOf } from "../journal/responses.ts";
import type { System } from "../journal/system.ts";
import { removeAttempt } from "../masks/paste-back-record.ts";
import type { EditClient, EditProgress } from "./edit-client.ts";
import type { EditJob } from "./edit-job.ts";
import type { EditReport } from "./edit-report.ts";
import { saveRescued } from "./save-rescued.ts";
import { recordFailure, type SaveContext, saveResult } from "./save-result.ts";
import { directFiles, type PlanContext, plannedEntry } from "./send-and-save.ts";

/** Dependencies of an edit whose task is polled. */
interface ResumeContext extends Omit<SaveContext, "onClosed" | "task"> {
  readonly client: EditClient;
  readonly claims: ClaimStore | undefined;
  /** Whether an attempt before that of the task may be billed. */
  readonly hasEarlier: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: EditProgress) => void) | undefined;
}

/**
 * Waits for the task of an earlier attempt and saves its images, as that attempt would have. Sends no form, so nothing is
 * billed. It never rejects: a failure is part of the report.
 */
export async function resumeAndSave(
  job: EditJob,
  task: TaskEvent,
  context: ResumeContext,
): Promise<EditReport> {
  const { id, request, client, claims, hasEarlier, signal, onProgress, system } = context;
  // A process that was killed while it wrote the images left their complete response.
  const reading = readStored(context.responseFile, job.count, task, client, system);
  const stored = await reading.catch(() => undefined);
  const responseFile = stored?.file ?? newPollResponse(context.responseFile, system);
  const closing: SaveContext = {
    ...context,
    responseFile,
    async onClosed(end, edit) {
      if (end === "saved" || (end === "not-billed" && !hasEarlier)) await claims?.resolve(request, id, edit);
    },
  };
  const placed = { ...job, renumber: true };
  try {
    const files = directFiles(job, system.files);
    const result = stored?.result ?? (await client.resume(task, { responseFile, files, signal, onProgress }));
    const report = await saveResult(result, placed, closing);
    if (report.failure === undefined) await removeAttempt(responseFile, system);
    return report;
  } catch (error) {
    const failure = withOutcome(asWriteError(error), true);
    // Nothing was sent by this command, which says nothing about the attempt that it polls: the record stays as it is.
    if (errorDetails(failure).outcome === "not-sent") return stillOpen(failure, task);
    const rescued = await saveRescued(error, placed, closing);
    if (rescued?.failure === undefined && rescued !== undefined) await removeAttempt(responseFile, system);
    if (rescued !== undefined)
      return { failure: { error: failure, exitCode: exitCodeOf(failure), urls: [] }, ...rescued };
    return recordFailure(failure, { images: [], warnings: [], urls: [] }, { ...closing, task });
  }
}

/**
 * Records the task of an edit that another journal has sent, as if this one had: after a kill, `recover` finds it here too.
 * Nothing is sent.
 */
export async function adoptTask(
  job: EditJob,
  task: TaskEvent,
  context: PlanContext & Pick<ResumeContext, "journal" | "hasEarlier">,
): Promise<void> {
  const { id, journal, hasEarlier } = context;
  await journal.write(await plannedEntry(job, context, { hasEarlier }));
  await journal.write({ type: "task", id, task });
}

/** Reads the first complete response of an attempt, also of an earlier poll of its task. */
async function readStored(
  responseFile: string,
  count: number,
  task: TaskEvent,
  client: EditClient,
  system: System,
): Promise<{ readonly file: string; readonly result: EditResult } | undefined> {
  for (const file of await responsesOf(responseFile, system)) {
    const result = await client.readResponse(file, count, task.dialect.result).catch(() => undefined);
    if (result !== undefined) return { file, result };
  }
  return undefined;
}

function stillOpen(cause: unknown, { taskId }: TaskEvent): EditReport {
  const { message, code = "internal" } = errorDetails(cause);
  const exitCode = exitCodeOf(cause);
  const error = new CliError(message, { exitCode, code, outcome: "unknown", cause });
  return { images: [], warnings: [], failure: { error, exitCode, urls: [], taskId } };
}
