/** A worker as a process: prints its events as JSON lines. Arguments are options of `createQueueWorker`, as JSON. */
import { connect, createTerminal, nodeSystem } from "@retouch/cli/journal";
import { createQueueWorker, folderStorage } from "@retouch/queue";

const { redis, queue, root, baseUrl, intervalMs, locks } = JSON.parse(process.argv[2] ?? "{}") as {
  readonly redis: string;
  readonly queue: string;
  readonly root: string;
  readonly baseUrl: string;
  readonly intervalMs: number;
  readonly locks: { readonly durationMs: number; readonly lookMs: number };
};
const print = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
const terminal = createTerminal({ quiet: true });
const server = await connect(
  { baseUrl, insecureHttp: true },
  { env: process.env, terminal, system: nodeSystem },
);
const worker = await createQueueWorker({
  redis,
  queue,
  storage: folderStorage(root),
  server,
  concurrency: 3,
  intervalMs,
  locks,
  onEvent: print,
});
process.once("SIGTERM", () => void worker.close());
print({ type: "ready", name: worker.name });
