import type { EditClient } from "../../edit/edit-client.ts";
import type { EditReport } from "../../edit/edit-report.ts";
import { errorDetails } from "../../errors/error-details.ts";
import type { BatchFiles } from "../../journal/batch-store.ts";
import type { ClaimStore } from "../../journal/claims/claims.ts";
import type { RunLock } from "../../journal/claims/run-lock.ts";
import type { FoldedJournal } from "../../journal/fold-journal.ts";
import type { Journal } from "../../journal/journal.ts";
import type { OwnOutputs } from "../../journal/own-outputs.ts";
import type { StoredResponses } from "../../journal/responses.ts";
import type { FindAdded, SavedIndex } from "../../journal/saved-index.ts";
import type { System } from "../../journal/system.ts";
import type { BatchRow } from "../manifest/batch-row.ts";
import type { CheckedManifest } from "../manifest/check-manifest.ts";
import type { RetryFlags } from "../plan/select-rows.ts";
import type { BatchEvents } from "./events.ts";
import type { BatchCounts } from "./progress.ts";
import type { RateLimiter } from "./rate-limiter.ts";

/** Dependencies of running rows. */
export interface RunContext {
  readonly system: System;
  readonly manifest: CheckedManifest;
  readonly client: EditClient;
  readonly journal: Journal;
  /** The journal as it was before the run, and what other processes append to it. */
  readonly history: FoldedJournal;
  readonly lock: RunLock;
  readonly claims: ClaimStore | undefined;
  readonly outputs: OwnOutputs;
  readonly saved: SavedIndex | undefined;
  /** Finds what other machines have saved beside the manifest since this run began. */
  readonly savedMeanwhile: FindAdded | undefined;
  readonly files: BatchFiles;
  /** The responses that were stored before the run. */
  readonly responses: StoredResponses;
  readonly rateLimiter: RateLimiter;
  readonly concurrency: number;
  readonly failFast: boolean;
  readonly flags: RetryFlags;
  /** Aborts edits in flight. */
  readonly signal: AbortSignal;
  /** Aborts once no further row may be sent; waiting rows then give up. */
  readonly drainSignal: AbortSignal;
  readonly counts: BatchCounts;
  readonly events: BatchEvents;
  readonly onChange: () => void;
}

/** A batch writes only files. */
export const noSink = async () => {
  throw new Error("A batch writes only files.");
};

/** A row that has ended; it has no job if it could not be read again. */
export type EndedRow = Pick<BatchRow, "id" | "line" | "key"> & Partial<Pick<BatchRow, "job">>;

/** What is known of a row besides its report. */
interface RowFacts {
  /** Whether this run sent it. */
  readonly sent: boolean;
  /** Whether an earlier attempt may be billed. The history does not say so later: it has the entries of this run too. */
  readonly hasEarlier: boolean;
}

/** Returns the failure of a row; a rescued one is saved, and its record says so. */
export function failureOf({ failure, isRescued }: EditReport): EditReport["failure"] {
  return isRescued === true ? undefined : failure;
}

/** Counts how a row ended and reports it. */
export function settle(
  row: EndedRow,
  report: EditReport,
  { sent, hasEarlier }: RowFacts,
  { counts, events, client, onChange }: RunContext,
): void {
  counts.finished++;
  const failure = failureOf(report);
  if (sent && row.job !== undefined) addSpending(report, client.worstCaseUsd(row.job.params), counts);
  if (failure === undefined) {
    counts.saved++;
    events.saved(row, report, sent);
  } else {
    const status = statusOfFailure(failure.error, hasEarlier);
    counts[status]++;
    events.failed(row, report, status);
  }
  onChange();
}

/** An earlier attempt that may be billed stays unknown, however this one was rejected. */
function statusOfFailure(error: unknown, hasEarlier: boolean): "failed" | "unknown" | "unwritten" {
  const { outcome, code } = errorDetails(error);
  if (outcome === "billed") return "unwritten";
  return outcome === "unknown" || hasEarlier || code === "unresolved_edit" ? "unknown" : "failed";
}

function addSpending(report: EditReport, maxUsd: number | undefined, { spending }: BatchCounts): void {
  const failure = failureOf(report);
  const outcome = failure && errorDetails(failure.error).outcome;
  if (outcome === "not-sent" || outcome === "rejected") return;
  const cost = report.usd ?? maxUsd;
  if (cost === undefined) spending.unpriced++;
  else spending.usd += cost;
}

/** Returns whether a billed image could not be written: the next edit would fail the same way. */
export function isDiskFailure(report: EditReport): boolean {
  const failure = failureOf(report);
  if (failure === undefined) return false;
  const { code } = errorDetails(failure.error);
  return code === "disk_full" || code === "write_failed" || code === "response_not_saved";
}
