import type { EditReport } from "@retouch/cli/journal";
import type { TaskEvent } from "@retouch/client/node";

/** Tokens of an edit. */
export type EditUsage = NonNullable<EditReport["usage"]>;

/** State of a row in the ledger. */
export type RowEnd = "saved" | "failed" | "unknown" | "unwritten";

/** A row as the ledger has it. */
export interface LedgerRow {
  readonly key: string;
  /** When its last POST was fenced, in milliseconds since 1970 by the clock of Redis; undefined if it was not sent. */
  readonly sentAt?: number | undefined;
  /** The worker that sent it. */
  readonly worker?: string | undefined;
  /** The token of the delivery that sent it. */
  readonly token?: string | undefined;
  /** Whether an attempt before the last one may be billed: a person has allowed to send the row again. */
  readonly hasEarlier?: boolean | undefined;
  /** Undefined while its worker has not said how it ended; a row that was sent and has no end is unknown. */
  readonly end?: RowEnd | undefined;
  /** Most that its attempts may have cost together, in US dollars. */
  readonly usd?: number | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** Names of the images, in the storage. */
  readonly files?: readonly string[] | undefined;
  /** What the server says of the last attempt. */
  readonly usage?: EditUsage | undefined;
  readonly requestId?: string | undefined;
  /** What the server made of the last attempt, while it may still have the images: any worker may poll it. */
  readonly task?: TaskEvent | undefined;
}

/** Whether a worker may send a row now. Only `go` has changed anything: the row counts as sent from then on. */
export type StartVerdict =
  | { readonly verdict: "go"; readonly sentAt: number }
  /** The next slot of the rate, or the end of a hold after a 429, is that far away. */
  | { readonly verdict: "wait"; readonly delayMs: number }
  | { readonly verdict: "saved" }
  /** It was sent and rejected, or its image could not be stored: it is sent again only if a person asks for it. */
  | { readonly verdict: "failed" | "unwritten" }
  /** It was sent before, by this worker or another one, and how it ended was not reported. */
  | { readonly verdict: "unknown"; readonly sentAt: number; readonly worker: string }
  /** `usd` is what is reserved and spent so far. */
  | { readonly verdict: "over-budget"; readonly usd: number; readonly maxUsd: number }
  /** The run has a budget, and the price of the row is unknown. */
  | { readonly verdict: "unpriced"; readonly maxUsd: number }
  | { readonly verdict: "paused" };

/** What a worker says before a POST. */
export interface StartRequest {
  /** The run whose budget pays. */
  readonly run: string;
  readonly key: string;
  readonly worker: string;
  /** Random, one for each delivery of a job: what distinguishes a retry after a 429 from a second delivery. */
  readonly token: string;
  readonly attempt: number;
  /** The most that this attempt can cost; undefined if there is no price. */
  readonly maxUsd: number | undefined;
}

/** Which `go` is taken back. */
export interface TakeBackRequest {
  readonly key: string;
  readonly token: string;
  /**
   * Only this attempt: a call whose reply was lost may be repeated after the next attempt has started. Without it any one,
   * of a delivery that is over.
   */
  readonly attempt?: number | undefined;
}

/** Of which delivery a task is. */
export interface TaskRequest {
  readonly key: string;
  readonly token: string;
  readonly task: TaskEvent;
}

/** Which row is sent once more. */
export interface AllowRequest {
  readonly key: string;
  /** The token that the row has, by {@link Ledger.get}. */
  readonly token: string | undefined;
}

/** How a delivery ended. */
export interface EndReport {
  /** The run that counts it; its totals change, and an event goes into its stream. */
  readonly run: string;
  readonly key: string;
  readonly token: string;
  readonly end: RowEnd;
  /** What it cost in US dollars, at most; what was reserved if that is unknown. */
  readonly usd?: number | undefined;
  readonly code?: string | undefined;
  /** What a person reads: no prompt, key or signed URL. */
  readonly message?: string | undefined;
  readonly files?: readonly string[] | undefined;
  readonly usage?: EditUsage | undefined;
  readonly requestId?: string | undefined;
  /** The task of the delivery, if the server may still have its images; without it, no worker polls it again. */
  readonly task?: TaskEvent | undefined;
}

/** Money and counts of a run. */
export interface RunTotals {
  /** In US dollars: what edits in flight may cost, and what the ended ones have cost, at most. */
  readonly reservedUsd: number;
  readonly spentUsd: number;
  /** Rows by how they ended. */
  readonly ends: Readonly<Record<RowEnd, number>>;
}

/**
 * What was sent and how it ended, in Redis, apart from the jobs of BullMQ, whose ids are accepted again once a job is
 * removed. Each call is one script, so that fence, rate and budget are decided at once by the clock of Redis. Each may
 * be repeated after a lost reply: the second one changes nothing, and `start` returns the same `go`.
 */
export interface Ledger {
  /**
   * Asks to send a row. `go` is stored before it resolves. If the reply is lost, the row counts as sent: it is never
   * sent again unasked by another delivery.
   */
  start(request: StartRequest): Promise<StartVerdict>;
  /**
   * Takes back a `go` whose attempt is known not to be billed, such as a 429, and its share of the budget. The slot of the
   * rate is not given back. A row that another delivery has called unknown meanwhile is failed from then on, if
   * no earlier attempt may be billed. One whose earlier attempt has been saved meanwhile stays saved.
   */
  takeBack(request: TakeBackRequest): Promise<void>;
  /** Stores the task that the server made of a row, unless another attempt was sent meanwhile or the row has ended. */
  setTask(request: TaskRequest): Promise<void>;
  /** Records how a delivery ended. `saved` wins over everything; nothing replaces it. */
  end(report: EndReport): Promise<void>;
  /** Nothing is sent by anyone for that long: a 429 of one worker holds all of them. `status` names worker and server. */
  hold(delayMs: number, by: { readonly worker: string; readonly server: string }): Promise<void>;
  /** Sets the milliseconds between any two POSTs of the queue; 0 for none. Returns what was set before. */
  setInterval(intervalMs: number): Promise<number>;
  /** Lets no worker send until it is called with false. Edits in flight end. */
  setPaused(isPaused: boolean): Promise<void>;
  get(key: string): Promise<LedgerRow | undefined>;
  totals(run: string): Promise<RunTotals>;
  /**
   * Lets a failed, unwritten or unknown row be sent once more, because a person asked. Returns whether it was such a row, and
   * still of the delivery that the person saw: a call that arrives twice must not allow the next attempt again. A row whose
   * task the server may still have is polled instead.
   */
  allowAgain(request: AllowRequest): Promise<boolean>;
}
