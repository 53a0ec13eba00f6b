import type { EditRecord } from "../../journal/edit-record.ts";
import type { BatchRow } from "../manifest/batch-row.ts";

/** Rows by what a run does with them. */
export interface RowSelection {
  /** Their response is on disk, so they are finished without a POST. */
  readonly finish: readonly BatchRow[];
  readonly send: readonly BatchRow[];
  readonly saved: readonly BatchRow[];
  /** Failed before and not billed; sent again with `--retry-failed`. */
  readonly failed: readonly BatchRow[];
  /** May be billed; sent again only with `--retry-unknown`. */
  readonly unknown: readonly BatchRow[];
}

/** Which rows may be sent again. */
export interface RetryFlags {
  readonly retryFailed: boolean;
  readonly retryUnknown: boolean;
}

type RowStatus = keyof RowSelection;

function statusOf(record: EditRecord | undefined, hasResponse: boolean, flags: RetryFlags): RowStatus {
  if (record?.phase === "saved") return "saved";
  if (record === undefined || record.phase === "planned" || record.phase === "refused") return "send";
  if (record.phase === "dismissed") return "send";
  const isUnknown = record.phase === "sent" || record.outcome === "unknown";
  // A response on disk is always tried first, even if the last attempt to read it failed.
  if (isUnknown && hasResponse) return "finish";
  if (isUnknown) return flags.retryUnknown ? "send" : "unknown";
  // A request that was never sent completely is not billed, so it is sent again.
  if (record.outcome === "not-sent") return "send";
  return flags.retryFailed ? "send" : "failed";
}

/** Sorts rows into buckets by their journal records. Pure. */
export function selectRows(
  rows: readonly BatchRow[],
  records: ReadonlyMap<string, EditRecord>,
  hasResponse: (key: string) => boolean,
  flags: RetryFlags,
): RowSelection {
  const buckets: Record<RowStatus, BatchRow[]> = { finish: [], send: [], saved: [], failed: [], unknown: [] };
  for (const row of rows) buckets[statusOf(records.get(row.key), hasResponse(row.key), flags)].push(row);
  return buckets;
}
