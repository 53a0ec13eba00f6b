import { defaultQueue } from "../producer/open-queue.ts";
import { redactUrl } from "../redis/connect-redis.ts";

/** Which worker a command starts. */
interface WorkerPlace {
  readonly queue: string;
  /** Unknown of runs that older versions have stored. */
  readonly storage: string | undefined;
  readonly isMock: boolean;
}

/** Returns the command that starts a worker, without secrets. */
export function workerCommand(redis: string, { queue, storage, isMock }: WorkerPlace): string {
  const named = queue === defaultQueue ? "" : ` --queue ${queue}`;
  const mock = isMock ? " --mock" : "";
  return `retouch-queue worker --redis ${redactUrl(redis)}${named} --storage ${storage ?? "DIR"}${mock}`;
}

/** Returns the machine of a worker, by its name. */
export function hostOf(worker: string): string {
  return worker.replace(/:\d+:[\da-f]+$/, "");
}
