export type { Ledger, LedgerRow, RowEnd, StartVerdict } from "./ledger/ledger.ts";
export { folderStorage } from "./storage/folder-storage.ts";
export type { Storage } from "./storage/storage.ts";
