import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { isOpen } from "../session/run.ts";
import { aliveTabs, holdTab } from "./alive-tabs.ts";
import {
  fromRunRecord,
  fromStepRecords,
  interruptedError,
  type RunRecord,
  type StepRecord,
  toRunRecord,
  toStepRecord,
  withoutQueued,
} from "./records.ts";
import type { OpenStorage, StorageHost } from "./session-storage.ts";
import type { StorageState } from "./storage-state.ts";

interface Schema extends DBSchema {
  steps: { key: string; value: StepRecord };
  runs: { key: string; value: RunRecord };
  meta: { key: string; value: string | undefined | readonly string[] };
}

/** Opens the database of a session, gives the session what is there, and then stores what changes. */
export async function openIndexedDb(id: string, host: StorageHost): Promise<OpenStorage> {
  const name = `retouch-${id}`;
  const { tab } = host;
  let isClosed = false;
  let database: IDBPDatabase<Schema> | undefined;
  const releaseTab = holdTab(name, tab);
  const channel = new BroadcastChannel(name);
  /** What is stored, as this tab knows it: a step or a run is written when it changed. */
  const stored = new Map<string, unknown>();
  /** Steps of other tabs: they are theirs to remove. */
  const foreign = new Set<string>();
  let order = 0;
  let writing = Promise.resolve();
  /** The current image and the references. */
  let storedMeta = "";
  const warn = (event: BeforeUnloadEvent): void => {
    if (host.runs().some(({ snapshot }) => isOpen(snapshot))) event.preventDefault();
  };

  const close = (): void => {
    isClosed = true;
    globalThis.removeEventListener?.("beforeunload", warn);
    channel.close();
    releaseTab();
    void writing.finally(() => database?.close());
  };
  const fail = (error: unknown): void => host.report(failureOf(error));

  /** Gives the database up: the session goes on in memory. */
  function release(): void {
    const given = database;
    database = undefined;
    if (given === undefined || isClosed) return;
    given.close();
    fail(undefined);
  }

  async function addNew(currentId?: string, referenceIds?: readonly string[]): Promise<void> {
    const records = (await database?.getAll("steps")) ?? [];
    if (isClosed) return;
    const isNew = ({ id }: StepRecord): boolean => !stored.has(id);
    const added = records.filter(isNew).sort((a, b) => a.order - b.order);
    for (const { id, step } of added) stored.set(id, step);
    host.addSteps(fromStepRecords(added, host.steps()), currentId, referenceIds);
    // The session has given each a URL of its own: no change to store.
    for (const step of host.steps()) if (stored.has(step.id)) stored.set(step.id, step);
    if (currentId === undefined) for (const { id } of added) foreign.add(id);
  }

  /** Returns what the session has now: it may have removed it when its turn to be stored comes. */
  function readContent() {
    const steps = host.steps();
    const added = steps.filter(({ id }) => !stored.has(id));
    return {
      steps,
      inputs: new Map(added.map(({ id }) => [id, host.inputsOf(id)])),
      runs: host.runs(),
      currentId: host.current()?.id,
      referenceIds: host.referenceIds(),
    };
  }

  async function write(content: ReturnType<typeof readContent>): Promise<void> {
    const { steps, inputs, runs, currentId, referenceIds } = content;
    if (database === undefined || isClosed) return;
    const present = new Set([...steps.map(({ id }) => id), ...runs.map(({ snapshot }) => snapshot.id)]);
    const gone = [...stored.keys()].filter((one) => !present.has(one) && !foreign.has(one));
    const newSteps = steps.filter((step) => !stored.has(step.id));
    const stateOf = ({ snapshot, wasSent, job }: (typeof runs)[number]) =>
      `${snapshot.status} ${wasSent} ${job} ${snapshot.stepIds}`;
    const newRuns = runs.filter((run) => stored.get(run.snapshot.id) !== stateOf(run));
    const meta = JSON.stringify([currentId, referenceIds]);
    if (gone.length + newSteps.length + newRuns.length === 0 && meta === storedMeta) return;
    const transaction = database.transaction(["steps", "runs", "meta"], "readwrite");
    const nextOrder = (): number => {
      order = Math.max(order + 1, Date.now());
      return order;
    };
    const stepStore = transaction.objectStore("steps");
    const runStore = transaction.objectStore("runs");
    const states = newRuns.map((run) => [run.snapshot.id, stateOf(run)] as const);
    const done: Promise<unknown>[] = [transaction.done];
    try {
      for (const one of gone) done.push(stepStore.delete(one), runStore.delete(one));
      for (const step of newSteps) {
        const record = toStepRecord(step, nextOrder(), steps, inputs.get(step.id));
        done.push(stepStore.put(record, step.id));
      }
      for (const run of newRuns) {
        const record = toRunRecord(run, steps, { order: nextOrder(), tab });
        done.push(runStore.put(record, run.snapshot.id));
      }
      const metaStore = transaction.objectStore("meta");
      done.push(metaStore.put(currentId, "current"), metaStore.put(referenceIds, "references"));
      await Promise.all(done);
    } catch (error) {
      await Promise.allSettled(done);
      throw error;
    }
    for (const one of gone) stored.delete(one);
    for (const step of newSteps) stored.set(step.id, step);
    for (const [runId, state] of states) stored.set(runId, state);
    storedMeta = meta;
    if (newSteps.length > 0) channel.postMessage("steps");
  }

  try {
    database = await openDB<Schema>(name, 1, {
      upgrade(created) {
        for (const store of ["steps", "runs", "meta"] as const) created.createObjectStore(store);
      },
      // A tab with a newer version of the page waits for this one, or the browser has closed the database.
      blocking: release,
      terminated: release,
    });
    const [currentId, referenceIds] = await Promise.all([
      database.get("meta", "current"),
      database.get("meta", "references"),
    ]);
    await addNew(String(currentId ?? ""), Array.isArray(referenceIds) ? referenceIds : []);
    const alive = await aliveTabs(name);
    // In one transaction: of two tabs that open at the same time, one takes a run over.
    const transaction = database.transaction("runs", "readwrite");
    const adopted: RunRecord[] = [];
    for (const record of await transaction.store.getAll()) {
      if (record.tab === tab || alive.has(record.tab)) continue;
      adopted.push(record);
      await transaction.store.put({ ...record, tab }, record.id);
    }
    await transaction.done;
    if (!isClosed) {
      globalThis.addEventListener?.("beforeunload", warn);
      // Without Web Locks, the tab of a queued edit may be alive, and send it: only the visitor knows.
      const isSure = globalThis.navigator?.locks !== undefined;
      const runs = adopted
        .sort((a, b) => a.order - b.order)
        .map((record) => fromRunRecord(isSure ? record : withoutQueued(record), host.steps()));
      for (const { snapshot } of runs) stored.set(snapshot.id, "adopted");
      host.report({ status: "ready", code: undefined, message: undefined });
      host.addRuns(runs, interruptedError);
    }
  } catch (error) {
    fail(error);
  }
  channel.onmessage = () => {
    writing = writing.then(() => addNew()).catch(fail);
  };
  return {
    sync() {
      // One after another: a write sees what the one before it has stored.
      const content = readContent();
      writing = writing.then(() => write(content)).catch(fail);
      return writing;
    },
    close,
  };
}

function failureOf(error: unknown): StorageState {
  const isFull = (error as { readonly name?: unknown } | undefined)?.name === "QuotaExceededError";
  return isFull
    ? {
        status: "failed",
        code: "storage_full",
        message: "This browser has no room left: new images are kept in this page only. Download them.",
      }
    : {
        status: "failed",
        code: "storage_unavailable",
        message: "This browser does not store images here: they are kept in this page only. Download them.",
      };
}
