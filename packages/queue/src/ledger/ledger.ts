/** State of a row in the ledger. */
export type RowEnd = "saved" | "failed" | "unknown" | "unwritten";

/** A row as the ledger has it. */
export interface LedgerRow {
  readonly key: string;
  /** When its last POST was fenced, in milliseconds since 1970 by the clock of Redis; undefined if it was not sent. */
  readonly sentAt?: number | undefined;
  /** The worker that sent it. */
  readonly worker?: string | undefined;
  /** Undefined while its worker has not said how it ended; a row that was sent and has no end is unknown. */
  readonly end?: RowEnd | undefined;
  /** Most that its attempts may have cost together, in US dollars. */
  readonly usd?: number | undefined;
  readonly code?: string | undefined;
  /** Names of the images, in the storage. */
  readonly files?: readonly string[] | undefined;
}

/** Whether a worker may send a row now. Only `go` has changed anything: the row counts as sent from then on. */
export type StartVerdict =
  | { readonly verdict: "go"; readonly sentAt: number }
  /** The next slot of the rate, or the end of a hold after a 429, is that far away. */
  | { readonly verdict: "wait"; readonly delayMs: number }
  | { readonly verdict: "saved" }
  /** It was sent before, by this worker or another one, and nobody said how it ended. */
  | { readonly verdict: "unknown"; readonly sentAt: number; readonly worker: string }
  | { readonly verdict: "over-budget"; readonly usd: number; readonly maxUsd: number }
  | { readonly verdict: "paused" };

/** What a worker says before a POST. */
export interface StartRequest {
  /** The run whose budget pays. */
  readonly run: string;
  readonly key: string;
  readonly worker: string;
  /** Random, one for each delivery of a job: what tells a retry after a 429 from a second delivery. */
  readonly token: string;
  readonly attempt: number;
  /** The most that this attempt can cost; undefined if there is no price. */
  readonly maxUsd: number | undefined;
}

/** How a delivery ended. */
export interface EndReport {
  readonly key: string;
  readonly token: string;
  readonly end: RowEnd;
  /** What it cost in US dollars, at most. */
  readonly usd?: number | undefined;
  readonly code?: string | undefined;
  readonly files?: readonly string[] | undefined;
}

/**
 * What was sent and how it ended, in Redis, apart from the jobs of BullMQ, whose ids are accepted again once a job is
 * removed. Each call is one script, so that fence, rate and budget are decided at once by the clock of Redis.
 */
export interface Ledger {
  /**
   * Asks to send a row. `go` is stored before it resolves. If the reply is lost, the row counts as sent: it is never
   * sent again unasked.
   */
  start(request: StartRequest): Promise<StartVerdict>;
  /** Takes back a `go` whose attempt is known not to be billed, such as a 429, and its share of the budget. */
  takeBack(request: { readonly key: string; readonly token: string }): Promise<void>;
  /** Records how a delivery ended. `saved` wins over everything; nothing replaces it. */
  end(report: EndReport): Promise<void>;
  /** Nothing is sent by anyone for that long: a 429 of one worker holds all of them. */
  hold(delayMs: number): Promise<void>;
  get(key: string): Promise<LedgerRow | undefined>;
  /** Lets a failed or unknown row be sent once more, because a person asked. Returns whether it was such a row. */
  allowAgain(key: string): Promise<boolean>;
}
