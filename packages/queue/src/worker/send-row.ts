import { CliError, type EditReport, errorDetails, exitCodes, sendAndSave } from "@retouch/cli/journal";
import type { HttpError, TaskEvent } from "@retouch/client/node";
import type { RowJob } from "../jobs/row-job.ts";
import type { LedgerRow, StartVerdict } from "../ledger/ledger.ts";
import { closeRow, type EndContext, type EndedRow, putImages, reportEnd, untilDone } from "./end-row.ts";
import type { LoadedRow } from "./load-row.ts";
import type { OpenRow } from "./open-rows.ts";
import { elsewhereMs, pausedMs, type RowContext, type RowResult } from "./row-context.ts";

/** Time after which a worker that waits asks the ledger again, at the latest. */
const longestWaitMs = 60_000;

/** Sends a row and saves its images, once the ledger has its fence. */
export async function sendRow(
  job: RowJob,
  { row }: LoadedRow,
  open: OpenRow,
  hasEarlier: boolean,
  context: RowContext,
): Promise<RowResult> {
  const { ledger, server, local, system } = context;
  const { run, key, token } = open;
  const maxUsd = server.client.worstCaseUsd(row.job.params);
  let asking: Promise<StartVerdict> | undefined;
  let verdict: StartVerdict | undefined;
  let isAsking = false;
  let isOver = false;
  let task: TaskEvent | undefined;
  const hold = (delayMs: number): void => {
    // Without Redis nothing is sent anyway.
    const by = { worker: context.worker, server: server.client.server };
    ledger.hold(delayMs, by).catch(() => undefined);
    context.onHeld(delayMs);
  };
  const report = await sendAndSave(row.job, {
    system,
    id: key,
    request: row.request,
    client: server.client,
    claims: local.claims,
    retryUnknown: hasEarlier,
    hasEarlier,
    outputs: local.outputs,
    saved: local.saved,
    journal: local.journal,
    responseFile: local.files.newResponse(key),
    signal: context.editSignal,
    sink: async () => undefined,
    row,
    async beforeSend(attempt) {
      isAsking = true;
      for (;;) {
        // The time limit of the edit may pass while it waits for its turn.
        if (context.drainSignal.aborted || isOver) notStarted();
        asking = ledger.start({ run, key, token, attempt, maxUsd, worker: context.worker });
        verdict = await asking.catch(notStarted);
        if (verdict.verdict !== "wait") break;
        // A person may lift a hold meanwhile.
        const delayMs = Math.min(verdict.delayMs, longestWaitMs);
        await system.clock.sleep(delayMs, context.drainSignal).catch(notStarted);
      }
      if (verdict.verdict !== "go") throw refusalOf(verdict);
      // A worker that was stopped for long may wake without its records.
      if (!(await local.isHeld())) notStarted();
      isAsking = false;
      context.onStarted(job);
    },
    // Again: the worker that takes them over frees a row whose attempt is not in them.
    async afterRecord() {
      if (!(await local.isHeld())) notStarted();
    },
    onRefused: (attempt) => ledger.takeBack({ key, token, attempt }),
    onRateLimited: hold,
    onTask(made) {
      task = made;
      // Polls do not wait for Redis; if this worker dies, another one takes them over.
      untilDone(() => ledger.setTask({ key, token, task: made }), context).catch(() => undefined);
    },
  });
  isOver = true;
  // A 429 that is not retried here, such as one that asks for a long wait.
  const { status, retryAfterMs } = (report.failure?.error ?? {}) as Partial<HttpError>;
  if (status === 429 && retryAfterMs !== undefined) hold(retryAfterMs);
  const { code, outcome, message = "" } = failureOf(report);
  if (outcome === "not-sent" && asking !== undefined) {
    // Its reply may come after the time limit of the edit, or never.
    await asking.catch(() => undefined);
    await untilDone(() => ledger.takeBack({ key, token }), context);
    const known = await untilDone(() => ledger.get(key), context);
    if (known?.end === "saved" || known?.sentAt !== undefined) {
      await closeRow(open, context);
      return endElsewhere(job, token, known, context);
    }
  }
  const isRefused = verdict?.verdict === "over-budget" || verdict?.verdict === "unpriced";
  if (outcome === "not-sent" && (code === "in_flight" || code === "not_started" || isAsking) && !isRefused) {
    await closeRow(open, context);
    if (code === "in_flight") return { type: "put-back", delayMs: elsewhereMs, code, message };
    return { type: "put-back", delayMs: verdict?.verdict === "paused" ? pausedMs : 0 };
  }
  return endRow(report, open, { hasEarlier, task }, context);
}

/** Ends a row whose edit has ended. */
export async function endRow(
  report: EditReport,
  open: OpenRow,
  { hasEarlier, task }: { readonly hasEarlier: boolean; readonly task: TaskEvent | undefined },
  context: EndContext,
): Promise<RowResult> {
  const ended = await endOf(report, open, hasEarlier, context);
  const { taskId, exitCode } = report.failure ?? {};
  await reportEnd(open, { ...ended, task: taskId === undefined ? undefined : task }, context);
  return { type: "ended", ...ended, exitCode };
}

/** Returns how an edit ended, once its images are in the storage. */
async function endOf(
  report: EditReport,
  open: OpenRow,
  hasEarlier: boolean,
  context: EndContext,
): Promise<EndedRow> {
  const { error, outcome, code, message } = failureOf(report);
  const paths = report.images.map((image) => image.path);
  const { usage, requestId } = report;
  if (error === undefined)
    return { ...(await putImages(open, paths, report.usd, context)), usage, requestId };
  if (outcome === "billed") return { end: "unwritten", usd: report.usd, code, message };
  const isUnknown = outcome === "unknown" || hasEarlier || code === "unresolved_edit";
  return { end: isUnknown ? "unknown" : "failed", usd: report.usd, code, message };
}

function failureOf({ failure, isRescued }: EditReport): Partial<ReturnType<typeof errorDetails>> & {
  readonly error?: unknown;
} {
  if (failure === undefined || isRescued === true) return {};
  return { error: failure.error, ...errorDetails(failure.error) };
}

/** Ends a job whose row another delivery has sent: it is never sent again unasked. */
export async function endElsewhere(
  { run, key }: RowJob,
  token: string,
  row: LedgerRow,
  context: EndContext,
): Promise<RowResult> {
  const { ledger } = context;
  const message =
    `${row.worker ?? "A worker"} has sent this row before and has not reported how it ended. ` +
    "It may be billed; it is sent again only if you ask for it.";
  const code = "unresolved_edit";
  await untilDone(() => ledger.end({ run, key, token, end: "unknown", code, message }), context);
  const now = (await untilDone(() => ledger.get(key), context)) ?? row;
  const { end = "unknown", usd, files } = now;
  return { type: "ended", end, usd, code: now.code, message: now.message, files };
}

function notStarted(cause?: unknown): never {
  throw new CliError("The worker stopped before this row was sent.", {
    exitCode: exitCodes.network,
    code: "not_started",
    cause,
  });
}

function refusalOf(verdict: StartVerdict): CliError {
  switch (verdict.verdict) {
    case "over-budget":
      return new CliError(
        `The row may cost more than is left of the budget of USD ${verdict.maxUsd}: ` +
          `USD ${verdict.usd.toFixed(2)} are reserved or spent. It was not sent. Raise the limit with \`--max-cost\`, and run the manifest again.`,
        { exitCode: exitCodes.budget, code: "over_budget" },
      );
    case "unpriced":
      return new CliError(
        "The run has a budget, and the price of this row is unknown. It was not sent. Run the manifest with `--lift-budget` to continue without a limit.",
        { exitCode: exitCodes.budget, code: "unknown_price" },
      );
    case "paused":
      return new CliError("The queue is paused.", { exitCode: exitCodes.network, code: "not_started" });
    default:
      return new CliError("Another delivery has sent this row. It was not sent again.", {
        exitCode: exitCodes.unknown,
        code: "in_flight",
      });
  }
}
