import { type EditState, isUnresolved } from "../../journal/edit-record.ts";
import type { RowTable } from "../manifest/row-table.ts";

/**
 * What a run does with a row: `finish` (its response is on disk), `send`, `saved`, `failed` (not billed; sent again with
 * `--retry-failed`), `unknown` (may be billed; sent again only with `--retry-unknown`, or polled if it is a task), `skipped`
 * (its output exists).
 */
const rowStatuses = ["send", "finish", "saved", "failed", "unknown", "skipped"] as const;

/** What a run does with a row. */
export type RowStatus = (typeof rowStatuses)[number];

/** Which rows may be sent again. */
export interface RetryFlags {
  readonly retryFailed: boolean;
  readonly retryUnknown: boolean;
}

/** What is known of a row besides its own record. */
export interface RowFacts {
  readonly hasResponse: boolean;
  /** Whether another process is sending it. */
  readonly inFlight: boolean;
  /** Whether the same request is unresolved in another manifest, a single edit, or another state directory. */
  readonly isClaimed: boolean;
}

/** Decides what a run does with a row. Pure. */
export function statusOf(
  state: EditState | undefined,
  { hasResponse, inFlight, isClaimed }: RowFacts,
  { retryFailed, retryUnknown }: RetryFlags,
): RowStatus {
  if (state?.phase === "saved") return "saved";
  // The task of a row is polled, also if its response is on disk but incomplete, and never sent again.
  if (inFlight || state?.phase === "pending") return "unknown";
  if (state !== undefined && isUnresolved(state)) {
    // A response on disk is always tried first, even if the last attempt to read it failed.
    if (hasResponse) return "finish";
    return retryUnknown ? "send" : "unknown";
  }
  if (isClaimed && !retryUnknown) return "unknown";
  // A request that was rejected is not billed, but would be rejected again; one that was never sent completely is sent.
  if (state?.phase === "failed" && state.outcome !== "not-sent") return retryFailed ? "send" : "failed";
  return "send";
}

/** The rows of a manifest by what a run does with them: a byte for each. */
export class RowSelection {
  readonly #statuses: Uint8Array;
  readonly #counts: Record<RowStatus, number> = {
    send: 0,
    finish: 0,
    saved: 0,
    failed: 0,
    unknown: 0,
    skipped: 0,
  };

  constructor(rows: RowTable, choose: (index: number) => RowStatus) {
    this.#statuses = new Uint8Array(rows.length);
    for (let index = 0; index < rows.length; index++) {
      const status = choose(index);
      this.#statuses[index] = rowStatuses.indexOf(status);
      this.#counts[status]++;
    }
  }

  statusOf(index: number): RowStatus {
    return rowStatuses[this.#statuses[index] ?? 0] ?? "send";
  }

  count(status: RowStatus): number {
    return this.#counts[status];
  }

  /** Moves a row to another status. */
  change(index: number, status: RowStatus): void {
    this.#counts[this.statusOf(index)]--;
    this.#statuses[index] = rowStatuses.indexOf(status);
    this.#counts[status]++;
  }

  /** Returns the rows of a status in the order of the manifest. */
  *with(status: RowStatus): Generator<number> {
    const wanted = rowStatuses.indexOf(status);
    for (let index = 0; index < this.#statuses.length; index++)
      if (this.#statuses[index] === wanted) yield index;
  }
}
