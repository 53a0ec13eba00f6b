import type { Server } from "@retouch/cli/journal";
import type { RowJob } from "../jobs/row-job.ts";
import type { EndContext, EndedRow } from "./end-row.ts";
import type { LoadRow } from "./load-row.ts";

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
  | ({ readonly type: "put-back"; readonly delayMs: number } & Partial<PutBackReason>);

/** Why a row cannot be sent now. A worker that stops and a paused queue put rows back without one. */
interface PutBackReason {
  readonly code: "other_server" | "busy" | "in_flight";
  /** What a person reads: no prompt, key or URL with a secret. */
  readonly message: string;
}

/** Time until a row is delivered again that cannot be sent now. */
export const pausedMs = 1_000;
export const elsewhereMs = 5_000;
