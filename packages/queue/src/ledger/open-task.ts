import type { TaskEvent } from "@retouch/client/node";
import type { LedgerRow } from "./ledger.ts";

/** A row that was sent, and whose task the server may still have. */
export type RowWithTask = LedgerRow & { readonly task: TaskEvent };

/** Returns whether any worker may poll the task of a row: its images are not saved, and no other attempt was sent. */
export function hasOpenTask(row: LedgerRow | undefined): row is RowWithTask {
  const { task, sentAt, end } = row ?? {};
  return task !== undefined && sentAt !== undefined && (end === undefined || end === "unknown");
}
