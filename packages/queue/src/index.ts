export type { Ledger, LedgerRow, RowEnd, StartVerdict } from "./ledger/ledger.ts";
export { folderStorage } from "./storage/folder-storage.ts";
export { parseStorage } from "./storage/parse-storage.ts";
export type { S3StorageOptions } from "./storage/s3-client.ts";
export { s3Storage } from "./storage/s3-storage.ts";
export type { Storage } from "./storage/storage.ts";
