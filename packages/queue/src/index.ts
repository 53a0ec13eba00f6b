export { type RedisJobStoreOptions, redisJobStore } from "./job-store/redis-job-store.ts";
export type { RowEnd } from "./ledger/ledger.ts";
export { createQueueProducer } from "./producer/create-queue-producer.ts";
export type {
  EndedQueueRow,
  ProducerEnd,
  QueueProducer,
  QueueProducerEvent,
  QueueProducerOptions,
} from "./producer/queue-producer.ts";
export { folderStorage } from "./storage/folder-storage.ts";
export { parseStorage } from "./storage/parse-storage.ts";
export type { S3StorageOptions } from "./storage/s3-client.ts";
export { s3Storage } from "./storage/s3-storage.ts";
export type { Storage } from "./storage/storage.ts";
export { createQueueWorker } from "./worker/create-queue-worker.ts";
export type { QueueWorker, QueueWorkerEvent, QueueWorkerOptions } from "./worker/queue-worker.ts";
