export type { Ledger, LedgerRow, RowEnd, RunTotals, StartVerdict } from "./ledger/ledger.ts";
export type { Storage } from "./storage/storage.ts";
export { createQueueWorker } from "./worker/create-queue-worker.ts";
export type { QueueWorker, QueueWorkerEvent, QueueWorkerOptions } from "./worker/queue-worker.ts";
