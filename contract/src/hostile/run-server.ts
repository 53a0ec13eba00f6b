/** Runs the server of one table of behaviors in a thread, and reports its URL. */
import { parentPort, workerData } from "node:worker_threads";
import { hostile } from "./behaviors.ts";
import { startHostileServer } from "./hostile-server.ts";
import { odd } from "./odd.ts";

parentPort?.postMessage(await startHostileServer(workerData === "odd" ? odd : hostile));
