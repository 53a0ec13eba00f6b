/**
 * What a batch on BullMQ is without our fence: a worker with its defaults, the client, and a file. Started with the URL of
 * Redis, the base URL and the directory; sends a message for each saved row, and its usage when it is asked to end.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createImageClient } from "@retouch/client/node";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { task } from "./contender.ts";

const [url = "", baseUrl = "", directory = ""] = process.argv.slice(2);
const client = createImageClient({ apiKey: "bench", baseUrl });
const connection = new Redis(url, { maxRetriesPerRequest: null });
const worker = new Worker<{ prompt: string; output: string }>(
  "bare",
  async ({ data: { prompt, output } }) => {
    const { images } = await client.edit({ model: task.model, image: join(directory, "small.png"), prompt });
    await writeFile(join(directory, output), (await images[0]?.bytes()) ?? "");
    process.send?.("saved");
  },
  {
    connection,
    concurrency: 8,
    removeOnComplete: { count: 0 },
  },
);
worker.on("failed", (_, error) => {
  throw error;
});
process.once("message", async () => {
  await worker.close();
  connection.disconnect();
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1000 });
  process.disconnect();
});
await worker.waitUntilReady();
process.send?.("ready");
