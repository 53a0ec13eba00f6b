import path from "node:path";
import {
  batchesDirectory,
  type ClaimStore,
  claimsDirectory,
  compactJournal,
  errorDetails,
  type FoldedJournal,
  foldJournal,
  type Journal,
  newResponse,
  type OwnOutputs,
  openClaims,
  openJournalBeforeSending,
  openOwnOutputs,
  openSavedIndex,
  type RunLock,
  resolvedByJournal,
  type SavedIndex,
  type System,
  savedDirectory,
  takeLock,
} from "@retouch/cli/journal";

import { removeLeftInputs } from "./input-copies.ts";

/** Where a worker keeps its records. It is a batch of the CLI, so that `retouch recover` finds what is unfinished. */
export interface LocalFiles {
  readonly directory: string;
  readonly journal: string;
  /** Returns a path for the response of one more attempt of a row. */
  newResponse(key: string): string;
  /** Directory in which the images of a delivery are complete before they are put into the storage. */
  outbox(key: string, token: string): string;
  /** Directory of the outboxes of a row. */
  outboxes(key: string): string;
  /** Directory of copies of inputs. */
  readonly inputs: string;
  /** Directory of the rows whose end the ledger may not have. */
  readonly open: string;
}

/** The records of a worker, which no other process writes meanwhile. */
export interface LocalState {
  readonly files: LocalFiles;
  readonly journal: Journal;
  readonly history: FoldedJournal;
  /** Absent for the mock, which bills nothing. */
  readonly claims: ClaimStore | undefined;
  readonly outputs: OwnOutputs;
  readonly saved: SavedIndex | undefined;
  /** Keys of the rows in work: the queue may deliver a row again to the worker that still has it. */
  readonly busy: Set<string>;
  /** Returns whether no other process took these records over. */
  isHeld(): Promise<boolean>;
  close(): Promise<void>;
}

/** Workers of one queue that may run on a machine with one state directory. */
const maxSlots = 256;

/**
 * Opens records of a queue that no running worker has. Each worker of a machine has a slot of its own, and a restarted one
 * finds the records of one that ended.
 */
export async function openLocalState(
  queue: string,
  isMock: boolean,
  system: System,
): Promise<LocalState & { readonly slot: number }> {
  for (let slot = 1; ; slot++) {
    try {
      return { slot, ...(await openSlot(queue, slot, isMock, system)) };
    } catch (error) {
      if (errorDetails(error).code !== "locked" || slot === maxSlots) throw error;
    }
  }
}

/** Opens the records that ended workers have left in other slots, one after the other. */
export async function* openLeftSlots(
  queue: string,
  own: number,
  isMock: boolean,
  system: System,
): AsyncGenerator<LocalState> {
  for (let slot = 1; slot <= maxSlots; slot++) {
    const { directory } = filesOf(queue, slot, isMock, system);
    if (slot === own) continue;
    if (!system.files.existsSync(directory)) return;
    const state = await openSlot(queue, slot, isMock, system).catch((error: unknown) => {
      if (errorDetails(error).code !== "locked") throw error;
    });
    if (state === undefined) continue;
    yield state;
    await state.close();
  }
}

async function openSlot(queue: string, slot: number, isMock: boolean, system: System): Promise<LocalState> {
  const files = filesOf(queue, slot, isMock, system);
  const what = `The directory ${files.directory} of a worker`;
  const lock: RunLock = await takeLock(path.join(files.directory, "lock"), { what }, system);
  try {
    await system.files.makeDirectory(files.open, 0o700);
    await removeLeftInputs(files.inputs, system);
    const journal = await openJournalBeforeSending(files.journal, system);
    const history = await foldJournal(files.journal, undefined, system);
    const { stateDirectory } = system;
    return {
      files,
      journal,
      history,
      claims: isMock
        ? undefined
        : openClaims([claimsDirectory(stateDirectory)], resolvedByJournal(system), system),
      outputs: openOwnOutputs([savedDirectory(stateDirectory)], system),
      saved: isMock ? undefined : openSavedIndex([savedDirectory(stateDirectory)], system),
      busy: new Set(),
      isHeld: () => lock.isHeld(),
      async close() {
        await journal.close();
        // The journal is complete either way; a smaller one is only faster to read. Another worker may write to it by now.
        if (await lock.isHeld()) await compactJournal(history, system).catch(() => undefined);
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function filesOf(queue: string, slot: number, isMock: boolean, system: System): LocalFiles {
  const name = queue.replace(/[^\w.-]+/g, "_").slice(0, 40);
  const batch = `queue-${name}-${slot}${isMock ? ".mock" : ""}`;
  const directory = path.join(batchesDirectory(system), batch);
  return {
    directory,
    journal: path.join(directory, "journal.jsonl"),
    inputs: path.join(directory, "inputs"),
    open: path.join(directory, "open"),
    newResponse: (key) => newResponse(directory, key, system),
    // Of each delivery its own: what an earlier one has left must not change the name of an image.
    outbox: (key, token) => path.join(directory, "outbox", key, token),
    outboxes: (key) => path.join(directory, "outbox", key),
  };
}
