import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startRedis, type TestRedis } from "../../../packages/queue/src/fixtures/start-redis.ts";
import { root } from "../src/markdown/source-file.ts";
import { siteRoot } from "../src/pages.ts";
import { freePort } from "./newcomer/newcomer.ts";
import { filesOf } from "./page-code.ts";

// The programs of the recipes, beside a queue with two rows that wait, since no worker takes them.

let directory: string;
let redis: TestRedis;
const children: ChildProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
  // Within the package, so that imports resolve as in a user's project.
  mkdirSync(path.join(siteRoot, "out"), { recursive: true });
  directory = mkdtempSync(path.join(siteRoot, "out/recipes-"));
  for (const { file = "", code } of filesOf("guides/queue-recipes.md"))
    writeFileSync(path.join(directory, file), code);
  const rows = ["a", "b"].map((name) => {
    cpSync(path.join(root, "tools/quickstart/sample/scene.png"), path.join(directory, `${name}.png`));
    return JSON.stringify({ image: `${name}.png`, prompt: "make it dusk", output: `${name}.dusk.{ext}` });
  });
  writeFileSync(path.join(directory, "dusk.jsonl"), rows.join("\n"));
  await start(
    path.join(root, "packages/queue/dist/bin.js"),
    ["run", "dusk.jsonl", "--storage", ".", "--model", "any", "--mock"],
    {},
  );
});

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }
  await redis?.close();
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
});

it("shows the rows that wait to Prometheus", async () => {
  const url = await serve("metrics.mjs", "9464");
  await expect
    .poll(async () => (await fetch(`${url}/metrics`)).text(), { timeout: 60_000 })
    .toMatch(/^bullmq_job_count\{.*state="waiting".*\} 2$/m);
  expect((await fetch(url)).status).toBe(404);
});

it("shows the queue in Bull Board, to be read only", async () => {
  const url = await serve("board.mjs", "3000");
  expect(await (await fetch(url)).text()).toContain("Bull");
  const { queues } = (await (await fetch(`${url}/api/queues`)).json()) as { queues: unknown[] };
  expect(queues).toMatchObject([{ name: "{retouch}", readOnlyMode: true, counts: { waiting: 2 } }]);
});

/** Starts a program of the page on a port of its own. Returns its URL. */
async function serve(file: string, shown: string): Promise<string> {
  const port = await freePort();
  const own = path.join(directory, `own-${file}`);
  const code = filesOf("guides/queue-recipes.md").find((one) => one.file === file)?.code ?? "";
  expect(code).toContain(shown);
  writeFileSync(own, code.replace(shown, String(port)));
  await start(own, [], {});
  const url = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await expect.poll(isUp, { timeout: 60_000 }).toBe(true);
  return url;
}

async function start(script: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: directory,
    env: { ...process.env, REDIS_URL: redis.url, RETOUCH_STATE_DIR: path.join(directory, "state"), ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  children.push(child);
  await once(child, "spawn");
}
