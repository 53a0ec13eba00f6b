import type { TaskName, Tasks } from "./tasks.ts";
import { code } from "./worker.ts?bundle";

interface Pending {
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
  return new Promise((resolve, reject) => {
    number += 1;
    const task = { name, args, resolve, reject };
    const started = startWorker();
    if (started === undefined) {
      void runHere(task);
      return;
    }
    clearTimeout(idle);
    pending.set(number, task);
    try {
      started.postMessage({ id: number, name, args });
    } catch {
      // Something that cannot be cloned, such as a file of a test environment.
      pending.delete(number);
      void runHere(task);
    }
  });
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

async function runHere({ name, args, resolve, reject }: Pending): Promise<void> {
  try {
    const { createTasks } = await import("./tasks.ts");
    const tasks = createTasks(() => new Promise((done) => setTimeout(done)));
    const run = tasks[name] as (...given: readonly unknown[]) => Promise<unknown>;
    resolve((await run(...args)) as never);
  } catch (error) {
    reject(error);
  }
}
