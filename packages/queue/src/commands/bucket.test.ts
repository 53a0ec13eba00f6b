import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ImageServer, startImageServer } from "../fixtures/image-server.ts";
import { type RunningBin, startBin } from "../fixtures/run-bin.ts";
import { startRedis, type TestRedis } from "../fixtures/start-redis.ts";
import { startS3, type TestS3 } from "../fixtures/start-s3.ts";
import { s3Storage } from "../storage/s3-storage.ts";

const storage = "s3://photos/june";
let redis: TestRedis;
let images: ImageServer;
let s3: TestS3;
let folder: string;
/** What the image server waits for. */
let gate: Promise<undefined> | undefined;
const workers: RunningBin[] = [];

beforeAll(async () => {
  [redis, images, s3] = await Promise.all([startRedis(), startImageServer(() => gate), startS3(["photos"])]);
  folder = await mkdtemp(path.join(tmpdir(), "queue-bucket-"));
  await mkdir(path.join(folder, "tmp"));
  const size = { width: 64, height: 64, channels: 4, background: "#37b" } as const;
  const hole = { width: 64, height: 64, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } as const;
  await sharp({ create: hole }).png().toFile(path.join(folder, "mask.png"));
  for (const name of ["0", "1", "2", "3"])
    await sharp({ create: { ...size, background: `#37${name}` } })
      .png()
      .toFile(path.join(folder, `${name}.png`));
});
afterAll(async () => {
  for (const { child, ended } of workers) {
    child.kill("SIGKILL");
    await ended;
  }
  await Promise.all([images.close(), s3.close(), redis.close()]);
  await rm(folder, { recursive: true });
});

const envOf = (state: string): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: folder,
  TMPDIR: path.join(folder, "tmp"),
  REDIS_URL: redis.url,
  RETOUCH_BASE_URL: images.url,
  RETOUCH_API_KEY: "sk-test-0123456789",
  RETOUCH_STATE_DIR: path.join(folder, state),
  AWS_ENDPOINT_URL_S3: s3.options.endpoint,
  AWS_ACCESS_KEY_ID: "S3RVER",
  AWS_SECRET_ACCESS_KEY: "S3RVER",
});

async function startWorker(state: string): Promise<RunningBin> {
  const argv = ["worker", "--storage", storage, "--concurrency", "1", "--json"];
  const worker = startBin(argv, envOf(state), folder);
  workers.push(worker);
  await worker.waitFor('"event":"ready"');
  return worker;
}

async function manifestOf(name: string): Promise<string> {
  const rows = [0, 1, 2, 3].map((at) => {
    const row = { id: `r${at}`, image: `${at}.png`, mask: "mask.png", prompt: `${name} ${at}` };
    return JSON.stringify({ ...row, model: "gpt-image-1", output: `${name}/${at}.{ext}` });
  });
  await writeFile(path.join(folder, `${name}.jsonl`), rows.join("\n"));
  return `${name}.jsonl`;
}

const run = (manifest: string, ...argv: string[]) =>
  startBin(["run", manifest, "--storage", storage, ...argv], envOf("producer"), folder).ended;
const downloadsOf = (name: string) =>
  s3.requests.filter(({ method, path: at }) => method === "GET" && at === `/photos/june/${name}`).length;
const copiesOf = (state: string) =>
  readdir(path.join(folder, state, "batches/queue-retouch-1/inputs"), { recursive: true });

it("runs a manifest of this machine on two workers with a bucket", async () => {
  const [first] = await Promise.all([startWorker("one"), startWorker("two")]);
  const ended = await run(await manifestOf("dusk"));
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(ended.stdout.trim().split("\n").sort()).toEqual(
    [0, 1, 2, 3].map((at) => `s3://photos/june/dusk/${at}.png`),
  );
  const bucket = s3Storage(storage, s3.options);
  expect(await bucket.exists("dusk/3.png")).toBe(true);
  // Once by each worker, although each row has it.
  expect(downloadsOf("mask.png")).toBeLessThanOrEqual(2);
  expect(images.posts).toHaveLength(4);

  const again = await run("dusk.jsonl");
  expect(again, again.stderr).toMatchObject({ code: 0 });
  expect(images.posts).toHaveLength(4);
  // The same names by another manifest: nothing is sent, and nothing overwritten.
  await writeFile(
    path.join(folder, "taken.jsonl"),
    JSON.stringify({
      ...{ id: "t", image: "0.png", prompt: "other", model: "gpt-image-1", output: "dusk/0.png" },
    }),
  );
  const taken = await run("taken.jsonl");
  expect(taken, taken.stderr).toMatchObject({ code: 3 });
  expect(taken.stderr).toContain("dusk/0.png exists in s3://photos/june. Nothing was sent.");
  expect(images.posts).toHaveLength(4);

  first.child.kill("SIGTERM");
  expect(await first.ended).toMatchObject({ code: 0 });
  expect(await copiesOf("one")).toEqual([]);
});

it("leaves no copy of an input once a killed worker is started again", async () => {
  let respond = (): void => undefined;
  gate = new Promise((resolve) => {
    respond = () => resolve(undefined);
  });
  const second = workers[1] ?? expect.unreachable();
  const manifest = await manifestOf("dawn");
  const producer = run(manifest);
  await expect.poll(() => images.posts.length).toBe(5);
  second.child.kill("SIGKILL");
  await second.ended;
  expect((await copiesOf("two")).length).toBeGreaterThan(0);
  respond();
  gate = undefined;
  await startWorker("two");
  const ended = await producer;
  expect(ended, ended.stderr).toMatchObject({ code: 8 });
  expect(ended.stderr).toContain("3 of 4 saved");
  expect(images.posts).toHaveLength(8);
  const worker = workers.at(-1);
  worker?.child.kill("SIGTERM");
  await worker?.ended;
  expect(await copiesOf("two")).toEqual([]);
  expect(await readdir(path.join(folder, "tmp"))).toEqual([]);
});
