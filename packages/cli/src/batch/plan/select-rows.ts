import type { EditRecord } from "../../journal/edit-record.ts";
import type { BatchRow } from "../manifest/batch-row.ts";

/** What a run does with each row. */
export interface RowSelection {
  /** Their answer is on disk: they are written without a POST. */
  readonly finish: readonly BatchRow[];
  readonly send: readonly BatchRow[];
  readonly saved: readonly BatchRow[];
  /** Failed before without being billed; sent again on `--retry-failed`. */
  readonly failed: readonly BatchRow[];
  /** May have been billed; sent again on `--retry-unknown` only. */
  readonly unknown: readonly BatchRow[];
}

/** What the user allows to be sent again. */
export interface RetryFlags {
  readonly retryFailed: boolean;
  readonly retryUnknown: boolean;
}

type Pile = keyof RowSelection;

function statusOf(record: EditRecord | undefined, hasResponse: boolean, flags: RetryFlags): Pile {
  if (record?.phase === "saved") return "saved";
  if (record === undefined || record.phase === "planned" || record.phase === "refused") return "send";
  if (record.phase === "dismissed") return "send";
  const isUnknown = record.phase === "sent" || record.outcome === "unknown";
  // An answer on disk is always tried first, even when the last try to read it failed.
  if (isUnknown && hasResponse) return "finish";
  if (isUnknown) return flags.retryUnknown ? "send" : "unknown";
  // A request that never left whole costs nothing to repeat: it is what a rerun is for.
  if (record.outcome === "not-sent") return "send";
  return flags.retryFailed ? "send" : "failed";
}

/** Sorts rows by what the journal says of them; pure. */
export function selectRows(
  rows: readonly BatchRow[],
  records: ReadonlyMap<string, EditRecord>,
  hasResponse: (key: string) => boolean,
  flags: RetryFlags,
): RowSelection {
  const buckets: Record<Pile, BatchRow[]> = { finish: [], send: [], saved: [], failed: [], unknown: [] };
  for (const row of rows) buckets[statusOf(records.get(row.key), hasResponse(row.key), flags)].push(row);
  return buckets;
}
