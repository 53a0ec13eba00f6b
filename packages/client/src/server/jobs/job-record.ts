import { cancelSuffix } from "./job-id.ts";
import type { Job, JobStore } from "./job-store.ts";

/** A process says this often that it is alive, and is taken for dead after the lease. */
const heartbeatMs = 5_000;
export const leaseMs = 20_000;

/** The stored record of a job that runs in this process. */
interface JobRecord {
  /** Changes the record and extends its lease, after every earlier write. */
  put(change: Partial<Job>, body?: Uint8Array): Promise<void>;
  /** Removes the record, after every earlier write. */
  delete(): Promise<void>;
  /** No heartbeat writes after this, even one that is waiting for the store. */
  stopHeartbeat(): void;
}

/** Keeps the record of a job that was added: its heartbeat extends the lease, and sees when another process cancels. */
export function keepRecord(added: Job, store: JobStore, onCancel: () => void): JobRecord {
  let job = added;
  let isStopped = false;
  let writing: Promise<unknown> = Promise.resolve();
  /** Writes one after the other: a heartbeat that takes long must not replace what follows it. */
  const inOrder = (write: () => Promise<void>): Promise<void> => {
    const written = writing.then(write);
    writing = written.catch(() => undefined);
    return written;
  };
  const put = (change: Partial<Job>, body?: Uint8Array): Promise<void> => {
    const changed = { ...job, leaseUntil: Date.now() + leaseMs, ...change };
    job = changed;
    return inOrder(() => store.put(changed, body));
  };
  const heartbeat = setInterval(async () => {
    try {
      if ((await store.get(`${job.id}${cancelSuffix}`)) !== undefined) onCancel();
      if (!isStopped) await put({});
    } catch {
      // The next one may succeed; without any, the outcome is `unknown` to other processes.
    }
  }, heartbeatMs);
  // Node's timers hold the process; those of other runtimes are numbers.
  (heartbeat as { unref?(): unknown }).unref?.();
  return {
    put,
    delete: () => inOrder(() => store.delete(job.id)),
    stopHeartbeat() {
      isStopped = true;
      clearInterval(heartbeat);
    },
  };
}
