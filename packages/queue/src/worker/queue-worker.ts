import type { RowEnd } from "../ledger/ledger.ts";
import type { Storage } from "../storage/storage.ts";

/** Options of {@link createQueueWorker}. */
export interface QueueWorkerOptions {
  /** `redis://` or `rediss://` URL. */
  readonly redis: string;
  /** Name of the queue; `retouch` by default. Its workers share one rate. */
  readonly queue?: string | undefined;
  readonly storage: Storage;
  /** Edits at a time in this process; 4 by default. */
  readonly concurrency?: number | undefined;
  /** Milliseconds between any two POSTs of all workers. */
  readonly intervalMs?: number | undefined;
  /** Accepts a Redis that may forget a fence in a power cut. */
  readonly acceptRedisLoss?: boolean | undefined;
  readonly onEvent?: ((event: QueueWorkerEvent) => void) | undefined;
}

/** What a worker reports. */
export type QueueWorkerEvent =
  | { readonly type: "started"; readonly key: string; readonly line: number }
  | {
      readonly type: "ended";
      readonly key: string;
      readonly line: number;
      readonly end: RowEnd;
      readonly code?: string | undefined;
      readonly message?: string | undefined;
      readonly usd?: number | undefined;
      readonly files?: readonly string[] | undefined;
    }
  | { readonly type: "held"; readonly delayMs: number }
  | { readonly type: "redis-lost" | "redis-back" };

/** A worker of this process. */
export interface QueueWorker {
  /** Name of this worker in the ledger: host, process and a random part. */
  readonly name: string;
  /** Counts for a health check. */
  health(): { readonly isReady: boolean; readonly running: number; readonly ended: number };
  /** Takes no further job and resolves once the edits in flight have ended; `abort` ends those too. */
  close(options?: { readonly abort?: AbortSignal }): Promise<void>;
}
