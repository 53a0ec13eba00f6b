import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect, createTerminal, nodeSystem, type Server } from "@retouch/cli/journal";
import { createQueueProducer, type QueueProducer, type QueueProducerOptions } from "@retouch/queue";
import { Redis } from "ioredis";
import { startRedis, type TestRedis } from "../../../packages/queue/src/fixtures/start-redis.ts";
import { type BillingServer, startBillingServer } from "./billing-server.ts";
import { renderPng } from "./small-png.ts";

/** What the ledger has of a row, as Redis stores it. */
interface StoredRow {
  readonly key: string;
  readonly sentAt: number;
  readonly end: string | undefined;
}

/** A directory that workers share, their Redis, and the server that bills. */
export interface QueueWorld {
  readonly directory: string;
  readonly redisServer: TestRedis;
  readonly redis: Redis;
  readonly billing: BillingServer;
  readonly queue: string;
  /** Writes a manifest and feeds it. The prompts of its rows start with its name. */
  feed(name: string, rows: number, options?: Partial<QueueProducerOptions>): Promise<QueueProducer>;
  rows(): Promise<StoredRow[]>;
  close(): Promise<void>;
}

/** Creates a world with a queue of its own. */
export async function createQueueWorld(queue: string): Promise<QueueWorld> {
  const directory = await mkdtemp(path.join(tmpdir(), "retouch-queue-"));
  await writeFile(path.join(directory, "photo.png"), Buffer.from(renderPng(), "base64"));
  const redisServer = await startRedis();
  const billing = await startBillingServer();
  const redis = new Redis(redisServer.url, { maxRetriesPerRequest: null });
  redis.on("error", () => undefined);
  const system = { ...nodeSystem, stateDirectory: path.join(directory, "producer") };
  const env = { RETOUCH_API_KEY: "sk-test-0123456789" };
  const terminal = createTerminal({ quiet: true });
  const server: Server = await connect(
    { baseUrl: billing.url, insecureHttp: true },
    { env, terminal, system },
  );
  const producers: QueueProducer[] = [];
  return {
    directory,
    redisServer,
    redis,
    billing,
    queue,
    async feed(name, rows, options = {}) {
      const manifest = path.join(directory, `${name}.jsonl`);
      const lines = Array.from({ length: rows }, (_, at) => ({
        id: `${name}-${at}`,
        image: "photo.png",
        prompt: `${name} ${at}`,
        model: "gpt-image-1",
        output: `out/${name}-${at}.{ext}`,
      }));
      await writeFile(manifest, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      const place = { redis: redisServer.url, queue, manifest, server, storage: directory, system };
      const producer = await createQueueProducer({ ...place, ...options });
      producers.push(producer);
      return producer;
    },
    async rows() {
      const names = await redis.keys(`retouch:{${queue}}:row:*`);
      const found = await Promise.all(names.map((name) => redis.hgetall(name)));
      return found.map(({ sentAt, end }, at) => ({
        key: (names[at] ?? "").slice(-32),
        sentAt: Number(sentAt),
        end,
      }));
    },
    async close() {
      for (const producer of producers) await producer.close();
      redis.disconnect();
      await server.close();
      await billing.close();
      await redisServer.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
