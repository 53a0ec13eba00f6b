import type { TaskName, Tasks } from "./tasks.ts";
import { code } from "./worker.ts?bundle";

interface Pending {
  readonly signal: AbortSignal | undefined;
  readonly name: TaskName;
  readonly args: readonly unknown[];
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
}

/** How long an idle worker is kept: starting one takes some 20 ms. */
const idleMs = 20_000;

const pending = new Map<number, Pending>();
let worker: Worker | undefined;
let isRefused = false;
let number = 0;
let idle: ReturnType<typeof setTimeout> | undefined;

/**
 * Runs work on pixels in a worker, which all sessions and masks of a page share. Where a worker cannot start, because the
 * page's Content-Security-Policy lacks `worker-src blob:` or the browser has no `OffscreenCanvas`, it runs here in slices.
 */
export function runTask<Name extends TaskName>(
  name: Name,
  ...args: Parameters<Tasks[Name]>
): Promise<Awaited<ReturnType<Tasks[Name]>>> {
  return runTaskUntil(undefined, name, ...args);
}

/**
 * Runs work like `runTask`, and stops it when the signal aborts: its result is not needed, and what is asked for next
 * must not wait for it either.
 */
export function runTaskUntil<Name extends TaskName>(
  signal: AbortSignal | undefined,
  name: Name,
  ...args: Parameters<Tasks[Name]>
): Promise<Awaited<ReturnType<Tasks[Name]>>> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    number += 1;
    const id = number;
    const task = { signal, name, args, resolve, reject };
    signal?.addEventListener("abort", () => abort(id, task), { once: true });
    const started = startWorker();
    if (started === undefined) {
      void runHere(task);
      return;
    }
    clearTimeout(idle);
    pending.set(id, task);
    try {
      started.postMessage({ id, name, args });
    } catch {
      // Something that cannot be cloned, such as a file of a test environment.
      pending.delete(id);
      void runHere(task);
    }
  });
}

function abort(id: number, { signal, reject }: Pending): void {
  reject(signal?.reason);
  // Others share the worker: it goes on for them, and this result is ignored.
  if (pending.delete(id) && pending.size === 0) stop();
}

function startWorker(): Worker | undefined {
  if (worker !== undefined || isRefused) return worker;
  if (typeof Worker === "undefined" || typeof OffscreenCanvas === "undefined") return undefined;
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    worker = new Worker(url);
  } catch {
    isRefused = true;
    return undefined;
  } finally {
    // The worker has begun to load it: https://html.spec.whatwg.org/multipage/workers.html#dom-worker
    URL.revokeObjectURL(url);
  }
  worker.addEventListener("message", finish);
  // Refused by the Content-Security-Policy, or out of memory: what it was given is done here.
  worker.addEventListener("error", () => {
    isRefused = true;
    stop();
    for (const [id, task] of pending) {
      pending.delete(id);
      void runHere(task);
    }
  });
  return worker;
}

function finish({
  data: { id, value, error },
}: MessageEvent<{ id: number; value?: unknown; error?: string }>): void {
  const task = pending.get(id);
  pending.delete(id);
  if (error === undefined) task?.resolve(value as never);
  else task?.reject(new Error(error));
  if (pending.size === 0) idle = setTimeout(stop, idleMs);
}

function stop(): void {
  worker?.terminate();
  worker = undefined;
}

async function runHere({ signal, name, args, resolve, reject }: Pending): Promise<void> {
  try {
    const { createTasks } = await import("./tasks.ts");
    const tasks = createTasks(async () => {
      await new Promise((done) => setTimeout(done));
      signal?.throwIfAborted();
    });
    const run = tasks[name] as (...given: readonly unknown[]) => Promise<unknown>;
    resolve((await run(...args)) as never);
  } catch (error) {
    reject(error);
  }
}
