import type { Server, System } from "@retouch/cli/journal";
import type { EditUsage, RowEnd } from "../ledger/ledger.ts";
import type { Storage } from "../storage/storage.ts";

/** Options of {@link createQueueWorker}. */
export interface QueueWorkerOptions {
  /** `redis://` or `rediss://` URL. A password that it lacks is read from `REDIS_PASSWORD`. */
  readonly redis: string;
  /** Name of the queue; `retouch` by default. Its workers share one rate. */
  readonly queue?: string | undefined;
  /** Where inputs are, and where images are stored. */
  readonly storage: Storage;
  /** The server that rows are sent to, by `connect` of `@retouch/cli/journal`. */
  readonly server: Server;
  /** Edits at a time in this process; 4 by default. */
  readonly concurrency?: number | undefined;
  /** Milliseconds between any two POSTs of all workers; what other workers have set without it. */
  readonly intervalMs?: number | undefined;
  /** Accepts a Redis that may forget a fence in a power cut. */
  readonly acceptRedisLoss?: boolean | undefined;
  /** Called with each event, in order. */
  readonly onEvent?: ((event: QueueWorkerEvent) => void) | undefined;
  /** Its surroundings; the real ones by default. */
  readonly system?: System | undefined;
  /**
   * How long a job belongs to a worker without a sign of life, and how often such jobs are looked for.
   *
   * @internal For tests.
   */
  readonly locks?: { readonly durationMs: number; readonly lookMs: number } | undefined;
}

/** What a worker reports. */
export type QueueWorkerEvent =
  /** A row is being sent: its fence is in Redis. */
  | { readonly type: "started"; readonly key: string; readonly line: number }
  | {
      readonly type: "ended";
      readonly key: string;
      readonly line: number;
      readonly end: RowEnd;
      readonly code?: string | undefined;
      readonly message?: string | undefined;
      readonly usd?: number | undefined;
      /** Names of its images, in the storage. */
      readonly files?: readonly string[] | undefined;
      /** What the server says of it. */
      readonly usage?: EditUsage | undefined;
      readonly requestId?: string | undefined;
    }
  /** A row was put back into the queue, because it cannot be sent now. */
  | {
      readonly type: "put-back";
      readonly key: string;
      readonly line: number;
      /** Why; without it, this worker stops, or the queue is paused. */
      readonly code?: string | undefined;
      readonly message?: string | undefined;
    }
  /** A server asked all workers to wait. */
  | { readonly type: "held"; readonly delayMs: number }
  /** Rows that an earlier worker of this machine had left were ended, without sending anything. */
  | { readonly type: "finished-left"; readonly rows: number }
  /** It takes no further row: each would fail in the same way. Close it, and fix what the message says. */
  | { readonly type: "stopped"; readonly code: string; readonly message: string }
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
