import path from "node:path";
import { errorDetails, removeFile, type System } from "@retouch/cli/journal";
import type { EndReport, Ledger, RowEnd } from "../ledger/ledger.ts";
import type { Storage } from "../storage/storage.ts";
import type { LocalState } from "./local-state.ts";
import { type OpenRow, removeOpenRow, removeOutbox, storeOpenRow } from "./open-rows.ts";

/** What a row needs to end. */
export interface EndContext {
  readonly ledger: Ledger;
  readonly storage: Storage;
  readonly system: System;
  readonly local: LocalState;
  /** Ends the wait for Redis and the storage; the row then stays open on the disk, and the next start of a worker ends it. */
  readonly signal: AbortSignal;
}

/** How a row ended. */
export type EndedRow = Omit<EndReport, "run" | "key" | "token">;

const retryMs = 1_000;

/** Puts the images of a row into the storage; what cannot be put stays here, and the row is unwritten. */
export async function putImages(
  open: OpenRow,
  paths: readonly string[],
  usd: number | undefined,
  context: EndContext,
): Promise<EndedRow> {
  const { ledger, storage, local, system, signal } = context;
  const { key } = open;
  // Perhaps of another delivery than the open row: the journal has the last one that was recorded.
  const outboxes = local.files.outboxes(key);
  const files: string[] = [];
  try {
    for (const file of paths) {
      const [token = "", ...names] = path.relative(outboxes, file).split(path.sep);
      const name = names.join("/");
      files.push(name);
      const isHere = await system.files.stat(file).then(
        () => true,
        () => false,
      );
      // An earlier try has put it.
      if (!isHere && (await storage.exists(name))) continue;
      // A later attempt may have saved an image, which was billed too.
      const isSaved = async () => (await untilDone(() => ledger.get(key), context))?.end === "saved";
      const force = open.force && !(await isSaved());
      await storage.put(name, file, { force, signal });
      await removeFile(file, system);
      await removeOutbox({ key, token }, local.files, system);
    }
    return { end: "saved", usd, files };
  } catch (error) {
    const { message, code } = errorDetails(error);
    open.images = paths;
    const kept = `${message} The edit was billed, and its image is kept in ${outboxes}: start a worker there again.`;
    return { end: "unwritten", usd, code: code ?? "write_failed", message: kept, files: [] };
  }
}

/**
 * Reports the end of a row until the ledger has it, and closes the row here unless its image has to be put again.
 *
 * @throws if the signal aborts first.
 */
export async function reportEnd(open: OpenRow, ended: EndedRow, context: EndContext): Promise<RowEnd> {
  const { ledger, local, system } = context;
  const { run, key, token } = open;
  const report = () => untilDone(() => ledger.end({ run, key, token, ...ended }), context);
  if (ended.end === "unwritten") {
    const { images, ...sent } = open;
    // A worker that took the records over may have ended it before the image came.
    const isStored = await storeOpenRow(open, local.files, system).then(
      () => true,
      () => false,
    );
    await report();
    // The row that names its images has taken the place of this one.
    if (isStored && images !== undefined) await removeOpenRow(sent, local.files, system);
  } else {
    await report();
    await closeRow(open, context);
  }
  return ended.end;
}

/**
 * Stores a row on the disk before it may be sent. Returns false if a worker has taken the records over while this one was
 * stopped.
 */
export async function openRow(
  open: OpenRow,
  { local, system }: Pick<EndContext, "local" | "system">,
): Promise<boolean> {
  if (!(await local.isHeld())) return false;
  await storeOpenRow(open, local.files, system);
  return true;
}

/** Why a worker sends nothing more once another one has its records. */
export function lostRecords({ local }: Pick<EndContext, "local">): Error {
  return new Error(
    `another worker has taken over its records in ${local.files.directory}, as if it had ended. Start it again.`,
  );
}

/** Forgets a row that has ended. What another attempt of it has stored stays, also of a worker that was stopped for long. */
export async function closeRow(open: OpenRow, { local, system }: EndContext): Promise<void> {
  await removeOpenRow(open, local.files, system);
  await removeOutbox(open, local.files, system);
}

/** Repeats a call of the ledger until Redis answers. */
export async function untilDone<T>(call: () => Promise<T>, { system, signal }: EndContext): Promise<T> {
  for (;;) {
    try {
      return await raceAbort(call(), signal);
    } catch (error) {
      if (signal.aborted) throw error;
      await system.clock.sleep(retryMs, signal);
    }
  }
}

/** Rejects when the signal aborts, also while Redis is away and a command waits for it. */
function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
