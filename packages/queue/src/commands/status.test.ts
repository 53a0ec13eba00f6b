import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect, createTerminal, nodeSystem } from "@retouch/cli/journal";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startBin } from "../fixtures/run-bin.ts";
import { startRedis, type TestRedis } from "../fixtures/start-redis.ts";
import { createQueueProducer } from "../producer/create-queue-producer.ts";
import { openQueue } from "../producer/open-queue.ts";
import { findRun, rowKeys } from "./runs.ts";

let redis: TestRedis;
let folder: string;
beforeAll(async () => {
  redis = await startRedis();
  folder = await mkdtemp(path.join(tmpdir(), "queue-status-"));
});
afterAll(async () => {
  await redis.close();
  await rm(folder, { recursive: true });
});

it("names unknown and unwritten rows by line, id and output, and says which machine has them", async () => {
  const size = { width: 64, height: 64, channels: 3, background: "#37b" } as const;
  await sharp({ create: size }).png().toFile(path.join(folder, "photo.png"));
  const common = { image: "photo.png", prompt: "a hat", model: "gpt-image-1" };
  const rows = ["r0", "", "r2", "r3"].map((id) => ({ id, ...common, output: `out/${id}.{ext}` }));
  const lines = rows.map((row) => JSON.stringify(row));
  // An invalid one moves those that follow.
  lines[1] = "{}";
  await writeFile(path.join(folder, "m.jsonl"), lines.join("\n"));
  const server = await connect(
    { mock: true },
    { env: {}, terminal: createTerminal({ quiet: true }), system: nodeSystem },
  );
  const manifest = path.join(folder, "m.jsonl");
  const producer = await createQueueProducer({ redis: redis.url, server, manifest, skipInvalid: true });
  const queue = await openQueue({ redis: redis.url });
  const { run } = producer;
  await producer.close();
  await queue.jobs.obliterate({ force: true });
  const [first = "", second = "", third = ""] = await rowKeys(run, 0, 3, queue);
  for (const key of [first, second, third]) {
    const worker = `web-${key === third ? 2 : 1}:12:abcd0123`;
    await queue.ledger.start({ run, key, worker, token: key, attempt: 1, maxUsd: undefined });
  }
  await queue.ledger.end({ run, key: second, token: second, end: "unwritten", code: "write_failed" });
  const task = { taskId: "task-7", statusUrl: "https://images.test/v1/tasks/7", dialect: {} };
  await queue.ledger.setTask({ key: third, token: third, task });
  await queue.close();
  await server.close();

  const env = { PATH: process.env["PATH"], HOME: folder, NO_COLOR: "1", REDIS_URL: redis.url };
  const [text, json] = await Promise.all([
    startBin(["status", "m.jsonl"], env, folder).ended,
    startBin(["status", "m.jsonl", "--json"], env, folder).ended,
  ]);
  const command = `retouch-queue worker --redis ${redis.url} --storage ${folder} --mock`;
  expect(text.stdout).toMatch(/^unknown: line 1 \(r0\), out\/r0\.\{ext\}, sent \S+Z by web-1:12:abcd0123$/m);
  expect(text.stdout).toMatch(/^unknown: line 4 \(r3\), .* by web-2:12:abcd0123, task task-7$/m);
  expect(text.stdout).toMatch(/^unwritten: line 3 \(r2\), out\/r2\.\{ext\}, sent /m);
  expect(text.stdout).toContain(
    "web-1 has 1 unwritten row(s) (write_failed), whose images or responses are stored there, and 1 unknown row(s), whose responses it " +
      `may have. Start a worker there, which sends none of them again: \`${command}\`.`,
  );
  expect(text.stdout).toContain(
    "1 unknown row(s) are tasks at the server. `retouch-queue run m.jsonl` polls them",
  );
  expect(text.stdout).not.toContain("web-2 has");
  expect(text.stdout).toContain(
    "If the machine of an unwritten row is gone, send the row again with `retouch-queue retry m.jsonl ID --retry-unwritten`",
  );
  const plan = ["run", "m.jsonl", "--skip-invalid", "--mock", "--dry-run"];
  const [kept, resent] = await Promise.all([
    startBin(plan, env, folder).ended,
    startBin([...plan, "--retry-unwritten"], env, folder).ended,
  ]);
  expect(kept.stdout).toContain("3 rows: 0 to send, 1 to finish without sending");
  expect(resent.stdout).toContain("3 rows: 1 to send, 0 to finish without sending");
  expect(JSON.parse(json.stdout)).toMatchObject({
    unknown: 2,
    unwritten: 1,
    unknownRows: [
      { key: first, line: 1, id: "r0", output: "out/r0.{ext}" },
      { line: 4, id: "r3", taskId: "task-7" },
    ],
    unwrittenRows: [{ key: second, line: 3, worker: "web-1:12:abcd0123", code: "write_failed" }],
  });
});

it("says at the end of `run` which machine has what is unwritten, and when to resend it", async () => {
  const fields = { image: "photo.png", prompt: "a coat", model: "gpt-image-1" };
  await writeFile(
    path.join(folder, "coat.jsonl"),
    JSON.stringify({ id: "c", ...fields, output: "coat.{ext}" }),
  );
  const env = { PATH: process.env["PATH"], HOME: folder, NO_COLOR: "1", REDIS_URL: redis.url };
  const command = ["run", "coat.jsonl", "--mock"];
  const queue = await openQueue({ redis: redis.url });
  const first = startBin(command, env, folder);
  await first.waitFor("No worker takes rows");
  first.child.kill("SIGINT");
  await first.ended;
  const { run } = await findRun(path.join(folder, "coat.jsonl"), queue);
  const [key = ""] = await rowKeys(run, 0, 1, queue);
  const worker = "web-3:12:abcd0123";
  await queue.ledger.start({ run, key, worker, token: "t", attempt: 1, maxUsd: undefined });
  await queue.ledger.end({ run, key, token: "t", end: "unwritten", code: "bucket_gone" });
  await queue.jobs.obliterate({ force: true });
  await queue.close();

  const { code, stderr } = await startBin(command, env, folder).ended;
  expect(code).toBe(11);
  expect(stderr).toContain(`1 row(s) are unwritten: billed, and their images are not in ${folder}.`);
  expect(stderr).toContain(
    "web-3 has 1 unwritten row(s) (bucket_gone), whose images or responses are stored there. Start a worker there, which " +
      `sends none of them again: \`retouch-queue worker --redis ${redis.url} --storage ${folder} --mock\`.`,
  );
  expect(stderr).toContain("If a machine is gone, resend its unwritten rows with `--retry-unwritten`");
  expect(stderr).not.toContain("Free some space");
});
