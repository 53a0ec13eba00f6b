import { feedRun } from "./feed-run.ts";
import { prepareRun } from "./prepare-run.ts";
import type { QueueProducer, QueueProducerOptions } from "./queue-producer.ts";

/**
 * Feeds the rows of a manifest to the workers of a queue, and follows how they end. The complete manifest is checked
 * first. Rows that the ledger has as ended are not queued again, unless they are asked for.
 *
 * @throws CliError with nothing queued: for invalid rows, all of them listed; for outputs that exist; for a Redis that is
 * unreachable, or may forget what was sent.
 *
 * @example
 * ```ts
 * import { connect, createTerminal, nodeSystem } from "@retouch/cli/journal";
 * import { createQueueProducer } from "@retouch/queue";
 *
 * const server = await connect({}, { env: process.env, terminal: createTerminal(), system: nodeSystem });
 * const producer = await createQueueProducer({ redis: "redis://127.0.0.1:6379", manifest: "shots.jsonl", server });
 * await producer.ended;
 * console.log(producer.counts.saved);
 * await producer.close();
 * await server.close();
 * ```
 */
export async function createQueueProducer(options: QueueProducerOptions): Promise<QueueProducer> {
  return feedRun(await prepareRun(options, { note: () => undefined, warn: () => undefined }));
}
