import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import { task } from "./contender.ts";
import { pngOf } from "./png-of.ts";

/** Rows of the manifest. */
export const rowCount = 400;

/** A directory with a manifest, and a Redis that syncs each write. */
export interface Setting {
  readonly directory: string;
  readonly baseUrl: string;
  readonly url: string;
  readonly redis: Redis;
}

/** Gives a function a manifest and a Redis of its own, and removes both. */
export async function withSetting<T>(baseUrl: string, run: (setting: Setting) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "retouch-bench-queue-"));
  await mkdir(join(directory, "out"));
  await writeFile(join(directory, "small.png"), pngOf(2_048));
  const rows = Array.from({ length: rowCount }, (_, at) =>
    JSON.stringify({ image: "small.png", prompt: `${task.prompt} ${at}`, output: `out/${at}.png` }),
  );
  await writeFile(join(directory, "rows.jsonl"), rows.join("\n"));
  const port = await freePort();
  const options = {
    port,
    bind: "127.0.0.1",
    dir: directory,
    save: "",
    appendonly: "yes",
    appendfsync: "always",
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(server.stdout)) if (line.includes("Ready to accept")) break;
  server.stdout.resume();
  const url = `redis://127.0.0.1:${port}`;
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  try {
    return await run({ directory, baseUrl, url, redis });
  } finally {
    redis.disconnect();
    server.kill();
    await once(server, "close");
    await rm(directory, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
