import type { Outcome } from "@retouch/client/node";

/** What may have been billed; `billed` if a response that is stored proves it. */
export type BilledOutcome = Outcome | "billed";
