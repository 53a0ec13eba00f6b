import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { slugOf, type Traffic } from "./hostile-server.ts";

/** The server of one table of behaviors, in a thread: what it sends must not keep the callers from reading. */
export interface HostileServer {
  /** Returns the base URL of a behavior for one caller. */
  urlOf(behavior: string, caller: string): string;
  trafficOf(behavior: string, caller: string): Promise<Traffic>;
  close(): Promise<void>;
}

/** Starts the thread. */
export async function startServerThread(table: "hostile" | "odd"): Promise<HostileServer> {
  const worker = new Worker(new URL("run-server.ts", import.meta.url), { workerData: table });
  const [url] = (await once(worker, "message")) as [string];
  return {
    urlOf: (behavior, caller) => `${url}/${slugOf(behavior)}/${caller}`,
    async trafficOf(behavior, caller) {
      const response = await fetch(`${url}/traffic/${slugOf(behavior)}/${caller}`);
      return (await response.json()) as Traffic;
    },
    async close() {
      await worker.terminate();
    },
  };
}
