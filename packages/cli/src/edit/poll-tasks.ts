import { isInvalidResponseError, readResponseFile } from "@retouch/client/node";
import type { CommandContext } from "../arguments/command-context.ts";
import { mapLimited } from "../batch/map-limited.ts";
import { readConnectionFlags } from "../config/connection-flags.ts";
import { CliError, exitCodes } from "../errors/cli-error.ts";
import { errorDetails, exitCodeOf } from "../errors/error-details.ts";
import { printError } from "../errors/print-error.ts";
import { takeLock } from "../journal/claims/run-lock.ts";
import type { EditRecord } from "../journal/edit-record.ts";
import { openJournal } from "../journal/journal.ts";
import { attemptOf, newPollResponse } from "../journal/responses.ts";
import { removeFile, type System } from "../journal/system.ts";
import { openOwnClaims, type UnfinishedEdit } from "../journal/unfinished-edits.ts";
import { connect, type Server } from "./connect.ts";
import { recordFailure } from "./save-result.ts";

/** Unfinished edits after their tasks were polled. */
interface PolledEdits {
  /** Edits whose response is on disk by now, and those without a task. */
  readonly stored: readonly UnfinishedEdit[];
  readonly pending: readonly UnfinishedEdit[];
  /** Exit codes of the pending ones. */
  readonly failures: readonly number[];
}

/** Polls at once; more would only meet the rate limit of the server. */
const maxPolls = 16;

/** Waits for the tasks of unfinished edits and stores their responses, for `recoverEdit` to write. Sends no form. */
export async function pollTasks(
  edits: readonly UnfinishedEdit[],
  context: CommandContext,
): Promise<PolledEdits> {
  if (!edits.some(({ record }) => isPolled(record))) return { stored: edits, pending: [], failures: [] };
  let server: Promise<Server> | undefined;
  const open = (): Promise<Server> => {
    server ??= connect(readConnectionFlags(context.parsed), context);
    return server;
  };
  const polls = await mapLimited(edits, maxPolls, async (edit): Promise<Poll> => {
    try {
      return { stored: isPolled(edit.record) ? await storeResult(edit, open, context) : edit };
    } catch (error) {
      return { edit, error };
    }
  });
  await server?.then(
    (opened) => opened.close(),
    () => undefined,
  );
  const stored: UnfinishedEdit[] = [];
  const pending: UnfinishedEdit[] = [];
  const failures: number[] = [];
  // One after the other: edits of one batch share its lock.
  for (const poll of polls) {
    if ("stored" in poll) stored.push(poll.stored);
    else {
      failures.push(await closeFailed(poll.edit, poll.error, context));
      pending.push(poll.edit);
    }
  }
  return { stored, pending, failures };
}

/** Returns whether the task of an edit is asked for its images: that of a saved one has given them. */
function isPolled({ task, phase }: EditRecord): boolean {
  return task !== undefined && phase !== "saved";
}

type Poll = { readonly stored: UnfinishedEdit } | { readonly edit: UnfinishedEdit; readonly error: unknown };

/** Stores the response that has the images of a task, unless a complete one is on disk already. */
async function storeResult(
  edit: UnfinishedEdit,
  open: () => Promise<Server>,
  { terminal, system }: CommandContext,
): Promise<UnfinishedEdit> {
  const { files } = system;
  const { record, responseFile, responses } = edit;
  const { task, plan } = record;
  if (task === undefined) return edit;
  const reading = {
    baseUrl: plan?.server,
    allowInsecureHttp: plan?.insecureHttp,
    resultPath: task.dialect.result,
  };
  for (const { file, byteLength } of responses)
    if (byteLength > 0 && (await isReadable(file, reading, system))) return edit;
  const { client, requireKey } = await open();
  if (plan !== undefined && plan.server !== client.server) throw otherServer(task.taskId, plan.server);
  requireKey();
  terminal.note(`Waiting for task ${task.taskId} of ${record.id}.`);
  const file = newPollResponse(responseFile, system);
  try {
    await client
      .resume(task, { responseFile: file, signal: new AbortController().signal })
      .catch((error: unknown) => {
        // A complete response without a readable image is kept as any other; one that was cut is polled again.
        if (!isInvalidResponseError(error)) throw error;
        return files.stat(file).catch(() => Promise.reject(error));
      });
  } catch (error) {
    await removeFile(file, system);
    throw error;
  }
  const { size } = await files.stat(file);
  return { ...edit, responses: [...responses, { attempt: attemptOf(file), file, byteLength: size }] };
}

async function isReadable(
  file: string,
  options: Parameters<typeof readResponseFile>[1],
  system: System,
): Promise<boolean> {
  return readResponseFile(file, options, system).then(
    () => true,
    () => false,
  );
}

function otherServer(taskId: string, server: string): CliError {
  return new CliError(
    `Task ${taskId} is at ${server}. Name that server with \`--base-url\` or RETOUCH_BASE_URL, and set its key: a key is only sent to its own server.`,
    { exitCode: exitCodes.usage, code: "usage" },
  );
}

/** Reports why a task has no result, and closes the record of one that will never have one. Returns the exit code. */
async function closeFailed(
  { record, journal, lock, responses, responseFile: planned }: UnfinishedEdit,
  error: unknown,
  { terminal, system }: CommandContext,
): Promise<number> {
  const { id, task, plan, hasEarlier } = record;
  // Nothing was sent by this command, which says nothing about the task.
  if (errorDetails(error).outcome === "not-sent") {
    printError(terminal, error);
    return exitCodeOf(error);
  }
  const held = lock === undefined ? undefined : await takeLock(lock, { what: "This batch" }, system);
  const log = await openJournal(journal, system);
  try {
    const claims = openOwnClaims(system);
    const report = await recordFailure(
      error,
      { images: [], warnings: [], urls: [] },
      {
        system,
        id,
        request: plan?.request ?? "",
        journal: log,
        // Never the empty file of a process that was stopped, and may write to it once it wakes.
        responseFile:
          responses.find(({ byteLength }) => byteLength > 0)?.file ?? newPollResponse(planned, system),
        task,
        async onClosed(end) {
          if (end === "not-billed" && !hasEarlier && plan !== undefined)
            await claims.resolve(plan.request, id);
        },
      },
    );
    if (report.failure !== undefined) printError(terminal, report.failure.error, report.failure);
    return report.failure?.exitCode ?? exitCodes.unknown;
  } finally {
    await log.close();
    await held?.release();
  }
}
