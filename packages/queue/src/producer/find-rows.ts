import { type CheckedManifest, RowSelection, type RowStatus } from "@retouch/cli/journal";
import type { Ledger, LedgerRow } from "../ledger/ledger.ts";

/** Which rows a person wants to be sent again. */
export interface RetryChoice {
  readonly retryFailed: boolean;
  readonly retryUnknown: boolean;
  /** Their edits were billed, and the machine that has the images is gone. */
  readonly retryUnwritten: boolean;
  /** Indexes of rows that are named: failed and unknown ones are sent again in any case, and no other row is sent. */
  readonly only?: ReadonlySet<number> | undefined;
}

/** The rows of a manifest by what the ledger says of them. */
export interface FoundRows {
  readonly selection: RowSelection;
  /** Rows that were sent, whose jobs are still in the queue: their worker says how they end. */
  readonly inFlight: ReadonlySet<number>;
  /** Unknown rows whose task the server may still have: workers poll it, and send nothing. */
  readonly tasks: ReadonlySet<number>;
  /** Rows that are sent again, with the delivery that sent them before. */
  readonly again: ReadonlyMap<number, string | undefined>;
}

/** Decides what a producer does with a row: `finish` is a row whose response is stored by a worker. Pure. */
export function statusOfRow(
  row: LedgerRow | undefined,
  hasJob: boolean,
  isChosen: (end: "failed" | "unknown" | "unwritten") => boolean,
): {
  readonly status: RowStatus;
  readonly inFlight?: boolean;
  readonly isAgain?: boolean;
  readonly hasTask?: boolean;
} {
  if (row === undefined) return { status: "send" };
  const { end, sentAt } = row;
  if (end === "saved") return { status: "saved" };
  if (end === "unwritten") return isChosen(end) ? { status: "send", isAgain: true } : { status: "finish" };
  // What was never sent is sent without being asked for, as by `retouch batch run`.
  if (sentAt === undefined && end !== "unknown") return { status: "send" };
  if (end === undefined && hasJob) return { status: "send", inFlight: true };
  const status = end ?? "unknown";
  // Not even if it is asked for: the image may be had without paying twice.
  if (status === "unknown" && row.task !== undefined) return { status, hasTask: true };
  return isChosen(status) ? { status: "send", isAgain: true } : { status };
}

const blockRows = 500;

/** Looks rows up, some hundred at a time. `read` may be called in any order. */
export async function readRows(
  keys: Iterable<readonly [index: number, key: string]>,
  ledger: Pick<Ledger, "get">,
  read: (index: number, row: LedgerRow | undefined) => void,
): Promise<void> {
  let block: (readonly [number, string])[] = [];
  const flush = async () => {
    const rows = await Promise.all(block.map(([, key]) => ledger.get(key)));
    for (const [at, [index]] of block.entries()) read(index, rows[at]);
    block = [];
  };
  for (const entry of keys) {
    block.push(entry);
    if (block.length === blockRows) await flush();
  }
  await flush();
}

/** Reads the ledger for each row of a manifest. */
export async function findRows(
  { rows }: CheckedManifest,
  choice: RetryChoice,
  ledger: Pick<Ledger, "get">,
  jobsOf: (keys: readonly string[]) => Promise<readonly boolean[]>,
): Promise<FoundRows> {
  const known = new Map<number, LedgerRow>();
  const saved = new Uint8Array(rows.length);
  await readRows(indexed(rows), ledger, (index, row) => {
    // Of a million rows that are saved, only that is kept.
    if (row?.end === "saved") saved[index] = 1;
    else if (row !== undefined) known.set(index, row);
  });
  const open = [...known].filter(([, { end, sentAt }]) => end === undefined && sentAt !== undefined);
  const hasJobs = await jobsOf(open.map(([index]) => rows.keyOf(index)));
  const withJob = new Set(open.filter((_, at) => hasJobs[at]).map(([index]) => index));
  const inFlight = new Set<number>();
  const tasks = new Set<number>();
  const again = new Map<number, string | undefined>();
  const selection = new RowSelection(rows, (index) => {
    if (saved[index] === 1) return "saved";
    const row = known.get(index);
    const isChosen = (end: "failed" | "unknown" | "unwritten") => {
      if (end === "unwritten") return choice.retryUnwritten && choice.only?.has(index) !== false;
      if (choice.only !== undefined) return choice.only.has(index);
      return end === "failed" ? choice.retryFailed : choice.retryUnknown;
    };
    const found = statusOfRow(row, withJob.has(index), isChosen);
    if (found.inFlight) inFlight.add(index);
    if (found.hasTask) tasks.add(index);
    if (found.isAgain) again.set(index, row?.token);
    return found.status;
  });
  return { selection, inFlight, tasks, again };
}

function* indexed({ length, keys }: CheckedManifest["rows"]): Generator<readonly [number, string]> {
  for (let index = 0; index < length; index++) yield [index, keys.keyAt(index)];
}
