export type { Ledger, LedgerRow, RowEnd, StartVerdict } from "./ledger/ledger.ts";
export type { Storage } from "./storage/storage.ts";
