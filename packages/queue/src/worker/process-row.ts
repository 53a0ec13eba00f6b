import path from "node:path";
import {
  CliError,
  checkDiskSpace,
  type EditReport,
  errorDetails,
  exitCodes,
  isUnresolved,
  type Server,
  sendAndSave,
} from "@retouch/cli/journal";
import type { HttpError } from "@retouch/client/node";
import type { RowJob, RunSettings } from "../jobs/row-job.ts";
import type { LedgerRow, StartVerdict } from "../ledger/ledger.ts";
import { closeRow, type EndContext, type EndedRow, putImages, reportEnd, untilDone } from "./end-row.ts";
import { finishRow } from "./finish-row.ts";
import type { LoadedRow, LoadRow } from "./load-row.ts";
import { type OpenRow, readOpenRow, storeOpenRow } from "./open-rows.ts";

/** Dependencies of the rows of a worker. Neither BullMQ nor Redis is one, so that a simulation can run them. */
export interface RowContext extends EndContext {
  readonly server: Server;
  /** Name of the worker. */
  readonly worker: string;
  readonly loadRow: LoadRow;
  /** Aborts edits in flight. */
  readonly editSignal: AbortSignal;
  /** Aborts once no further row may be sent. */
  readonly drainSignal: AbortSignal;
  /** Rows in flight, this one included: how much of the disk they may need. */
  readonly running: () => number;
  readonly onStarted: (job: RowJob) => void;
  /** A server asked to wait; the ledger holds the queue already. */
  readonly onHeld: (delayMs: number) => void;
}

/** What became of a job: the ledger has the end of its row, or the row waits for another delivery. */
export type RowResult =
  | ({ readonly type: "ended"; readonly exitCode?: number | undefined } & EndedRow)
  | { readonly type: "put-back"; readonly delayMs: number };

/** Time until a row is delivered again that cannot be sent now. */
const pausedMs = 1_000;
const elsewhereMs = 5_000;

/** Runs the row of a job, unless it was sent before. Rejects only if the signal aborts. */
export async function processRow(
  job: RowJob,
  settings: RunSettings,
  context: RowContext,
): Promise<RowResult> {
  const { busy } = context.local;
  // Both would write the same records, and the second one would end those of the first.
  if (busy.has(job.key)) return { type: "put-back", delayMs: elsewhereMs };
  busy.add(job.key);
  try {
    return await processOnce(job, settings, context);
  } finally {
    busy.delete(job.key);
  }
}

async function processOnce(job: RowJob, settings: RunSettings, context: RowContext): Promise<RowResult> {
  const { ledger, server, local, system, loadRow } = context;
  const { run, key, line } = job;
  const token = system.randomHex(16);
  const known = await untilDone(() => ledger.get(key), context);
  if (known?.end === "saved" || known?.sentAt !== undefined) return endElsewhere(job, token, known, context);
  if (settings.serverKey !== server.client.serverKey) return { type: "put-back", delayMs: elsewhereMs };
  const hasEarlier = known?.hasEarlier === true;
  const open: OpenRow = { run, key, line, token, force: settings.force };
  const left = await readOpenRow(key, local.files, system);
  await local.history.refresh();
  const before = local.history.stateOf(key);
  // Redis may have lost what this worker knows, and an image that could not be put may fit now.
  if (before?.phase === "saved" || (before !== undefined && isUnresolved(before) && !hasEarlier))
    return { type: "ended", ...(await finishRow({ ...open, ...left, run }, context)) };

  let loaded: LoadedRow;
  try {
    loaded = await loadRow(job, settings, local.files.outbox(key, token), context.drainSignal);
  } catch (error) {
    if (context.drainSignal.aborted) return { type: "put-back", delayMs: 0 };
    return endUnsent(open, error, hasEarlier, context);
  }
  try {
    await refuseTaken(loaded, open, context);
    await checkDiskSpace(local.files.response(key), loaded.row.job, context.running(), system);
    await storeOpenRow(open, local.files, system);
  } catch (error) {
    await loaded.release();
    return endUnsent(open, error, hasEarlier, context);
  }
  try {
    return await sendRow(job, loaded, open, hasEarlier, context);
  } finally {
    await loaded.release();
  }
}

async function sendRow(
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
  const hold = (delayMs: number): void => {
    // Without Redis nothing is sent anyway.
    ledger.hold(delayMs).catch(() => undefined);
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
    responseFile: local.files.response(key),
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
        await system.clock.sleep(verdict.delayMs, context.drainSignal).catch(notStarted);
      }
      if (verdict.verdict !== "go") throw refusalOf(verdict);
      // A worker that was stopped for long may wake without its records.
      if (!(await local.isHeld())) notStarted();
      isAsking = false;
      context.onStarted(job);
    },
    onRefused: (attempt) => ledger.takeBack({ key, token, attempt }),
    onRateLimited: hold,
  });
  isOver = true;
  // A 429 that is not retried here, such as one that asks for a long wait.
  const { status, retryAfterMs } = (report.failure?.error ?? {}) as Partial<HttpError>;
  if (status === 429 && retryAfterMs !== undefined) hold(retryAfterMs);
  const { code, outcome } = failureOf(report);
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
    const delayMs = code === "in_flight" ? elsewhereMs : verdict?.verdict === "paused" ? pausedMs : 0;
    return { type: "put-back", delayMs };
  }
  const ended = await endOf(report, open, hasEarlier, context);
  await reportEnd(open, ended, context);
  return { type: "ended", ...ended, exitCode: report.failure?.exitCode };
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
  if (error === undefined) return putImages(open, paths, report.usd, context);
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

/** Ends a row that was not sent. */
async function endUnsent(
  open: OpenRow,
  error: unknown,
  hasEarlier: boolean,
  context: EndContext,
): Promise<RowResult> {
  const { code = "internal", message, exitCode } = errorDetails(error);
  const ended: EndedRow = { end: hasEarlier ? "unknown" : "failed", code, message };
  await reportEnd(open, ended, context);
  return { type: "ended", ...ended, exitCode };
}

/** Ends a job whose row another delivery has sent: it is never sent again unasked. */
async function endElsewhere(
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

/** @throws CliError `output_exists` before anything is billed. Another name is found only when the image is put. */
async function refuseTaken(
  { row }: LoadedRow,
  { key, token, force }: OpenRow,
  { storage, local }: EndContext,
): Promise<void> {
  const { output } = row.job;
  if (force || output === undefined) return;
  const format = row.job.params["output_format"];
  const extension = output.askedExtension ?? (typeof format === "string" ? format : "png");
  const outbox = local.files.outbox(key, token);
  for (const name of row.outputs) {
    const inStorage = `${path.relative(outbox, name).split(path.sep).join("/")}.${extension}`;
    if (!(await storage.exists(inStorage))) continue;
    throw new CliError(
      `${inStorage} exists in ${storage.name}. Nothing was sent. Move it away, or overwrite with \`--force\`.`,
      { exitCode: exitCodes.outputExists, code: "output_exists" },
    );
  }
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
          `USD ${verdict.usd.toFixed(2)} are reserved or spent. It was not sent. Raise the limit and run the manifest again.`,
        { exitCode: exitCodes.budget, code: "over_budget" },
      );
    case "unpriced":
      return new CliError(
        "The run has a budget, and the price of this row is unknown. It was not sent. Remove the budget to continue without a limit.",
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
