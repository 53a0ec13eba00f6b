/**
 * A worker of the queue without BullMQ and ioredis: its rows run by the code of `packages/queue/src/worker`, unchanged. It is
 * bundled like the CLI, and evaluated anew for each simulated process.
 */
import {
  checkManifest,
  connect,
  createTerminal,
  hashFile,
  nodeSystem,
  type Server,
  writeOutput,
} from "@retouch/cli/journal";
import type { RunSettings } from "../../../packages/queue/src/jobs/row-job.ts";
import type { Storage } from "../../../packages/queue/src/storage/storage.ts";
import { finishRows } from "../../../packages/queue/src/worker/finish-row.ts";
import { createRowLoader } from "../../../packages/queue/src/worker/load-row.ts";
import { openLeftSlots, openLocalState } from "../../../packages/queue/src/worker/local-state.ts";
import { processRow } from "../../../packages/queue/src/worker/process-row.ts";
import type { RowContext, RowResult } from "../../../packages/queue/src/worker/row-context.ts";
import type { QueueService } from "./service.ts";

const manifest = "/data/rows.jsonl";
const rowsAtOnce = 2;
const pollMs = 5_000;

/** Runs `produce BUDGET` or `work`. */
export async function runProgram([command, budget]: readonly string[]): Promise<number> {
  const queue = process.getBuiltinModule("simulated-queue" as never) as unknown as QueueService;
  const terminal = createTerminal({ quiet: true });
  const server = await connect({}, { env: process.env, terminal, system: nodeSystem }, { maxRetries: 2 });
  if (command === "produce") await produce(queue, server, budget === undefined ? undefined : Number(budget));
  else {
    try {
      await work(queue, server);
    } catch (error) {
      // As of a full disk at its start: a person starts it again.
      process.stderr.write(`${String(error)}\n`);
      return 1;
    }
  }
  return 0;
}

async function produce(queue: QueueService, server: Server, maxUsd: number | undefined): Promise<void> {
  const common = { defaults: {}, pasteBack: false, crop: false, force: false };
  const { rows } = await checkManifest(manifest, common, server, nodeSystem);
  const settings: RunSettings = {
    ...common,
    manifest: "rows.jsonl",
    manifestSha256: await hashFile(manifest, nodeSystem.files),
    serverKey: server.client.serverKey,
    maxUsd,
  };
  const jobs = Array.from({ length: rows.length }, (_, index) => ({
    run: "run",
    key: rows.keyOf(index),
    ...rows.placeOf(index),
  }));
  await queue.addRun(settings, jobs);
}

async function work(queue: QueueService, server: Server): Promise<void> {
  const local = await openLocalState("q", false, nodeSystem);
  const [ending, draining] = [new AbortController(), new AbortController()];
  process.on("SIGINT", () => {
    if (draining.signal.aborted) ending.abort();
    draining.abort();
  });
  let running = 0;
  const storage = createStorage(queue);
  const context: RowContext = {
    ledger: queue.ledger,
    storage,
    system: nodeSystem,
    local,
    server,
    worker: `worker ${process.pid}`,
    loadRow: createRowLoader(server, storage, local.files.inputs, nodeSystem).load,
    signal: new AbortController().signal,
    editSignal: ending.signal,
    drainSignal: draining.signal,
    running: () => running,
    onStarted: () => undefined,
    onHeld: () => undefined,
  };
  await finishRows(context);
  for await (const slot of openLeftSlots("q", local.slot, false, nodeSystem))
    await finishRows({ ...context, local: slot });

  async function runRows(): Promise<void> {
    while (!draining.signal.aborted) {
      const taken = await queue.nextJob();
      if (taken === "done") return;
      if (taken === "none") {
        await nodeSystem.clock.sleep(pollMs, draining.signal).catch(() => undefined);
        continue;
      }
      running++;
      const result = await processRow(taken.job, taken.settings, context).catch(
        (error: unknown): RowResult => {
          process.stderr.write(`${String(error)}\n`);
          draining.abort();
          return { type: "put-back", delayMs: 0 };
        },
      );
      running--;
      if (result.type === "ended") await queue.complete(taken.job);
      else {
        await nodeSystem.clock.sleep(result.delayMs);
        await queue.putBack(taken.job);
      }
    }
  }

  await Promise.all(Array.from({ length: rowsAtOnce }, runRows));
  await local.close();
}

/** The shared folder `/data`, which fails as a bucket does. */
function createStorage(queue: QueueService): Storage {
  const { files } = nodeSystem;
  return {
    name: "/data",
    directory: "/data",
    check: async () => undefined,
    fetchInput: async (name) => `/data/${name}`,
    release: async () => undefined,
    async put(name, file, { force }) {
      const target = `/data/${name}`;
      const outcome = queue.upload();
      if (outcome === "fails") throw new Error(`${name} could not be uploaded.`);
      const bytes = await files.readFile(file);
      await files.makeDirectory(target.slice(0, target.lastIndexOf("/")));
      // A storage takes the same bytes a second time.
      const there = await files.readFile(target).catch(() => undefined);
      if (there === undefined || !bytes.equals(there))
        await writeOutput(target, [bytes], { force }, nodeSystem);
      if (outcome !== "ok") throw new Error(`The reply to the upload of ${name} was lost.`);
    },
    exists: (name) =>
      files.stat(`/data/${name}`).then(
        () => true,
        () => false,
      ),
  };
}
