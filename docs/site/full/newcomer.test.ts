import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { chromium } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type LocalRegistry, startLocalRegistry } from "../../../contract/full/release/local-registry.ts";
import { copyRepository } from "../../../contract/full/release/publish.ts";
import { drawPhoto } from "../../../contract/src/cli/support/work-directory.ts";
import { runProcess } from "../../../contract/src/support/run-process.ts";
import { chromiumLaunch } from "../../../tools/chromium-launch.mjs";
import { root } from "../src/markdown/source-file.ts";
import { blockOf, pageBlocks } from "./page-code.ts";

// What a newcomer does first, typed from the pages of the site in empty folders. The packages come from a registry on
// this machine; only keys, base URLs and ports differ from what the pages say.

const key = "key-of-a-newcomer";
const photo = path.join(root, "tools/quickstart/sample/scene.png");
const seconds: { task: string; seconds: string }[] = [];
const children: ChildProcess[] = [];

let directory: string;
let registry: LocalRegistry;
let mock: MockServer;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), "retouch-newcomer-")));
  mock = await startMockServer({ apiKey: key, render: "drawn" });
  env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:npm_(?!config_registry)|VITEST|NODE_ENV|RETOUCH_|OPENAI_)/i.test(name),
    ),
  );
  Object.assign(env, {
    HOME: directory,
    XDG_CACHE_HOME: path.join(directory, "cache"),
    RETOUCH_STATE_DIR: path.join(directory, "state"),
    // Where `npm install --global` installs to.
    npm_config_prefix: path.join(directory, "global"),
    PATH: [path.join(directory, "global/bin"), env["PATH"]].join(path.delimiter),
    CI: "1",
  });
  registry = await startLocalRegistry(path.join(directory, "registry"), env);
  delete env["npm_config_registry"];
  await writeFile(path.join(directory, ".npmrc"), registry.npmrc);
  const repository = await copyRepository(path.join(directory, "repository"), registry, env);
  await repository.release();
}, 600_000);

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.pid === undefined) continue;
    // The command is a shell with a program of its own, such as `npx` and what it runs.
    process.kill(-child.pid, "SIGKILL");
    await once(child, "close");
  }
});
afterAll(async () => {
  console.table(seconds);
  await mock?.close();
  await registry?.close();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true, maxRetries: 3 });
});

/** Defines a task, whose seconds are printed. */
function task(title: string, run: () => Promise<void>): void {
  test(title, { timeout: 600_000 }, async () => {
    const start = performance.now();
    await run();
    seconds.push({ task: title, seconds: ((performance.now() - start) / 1000).toFixed(1) });
  });
}

async function emptyDirectory(name: string): Promise<string> {
  const folder = path.join(directory, name);
  await mkdir(folder);
  return folder;
}

/** Types a block of commands into a shell, which ends at the first one that fails. */
async function type(commands: string, cwd: string, more: NodeJS.ProcessEnv = {}): Promise<string> {
  const ended = await runProcess("bash", ["-ec", commands], { cwd, env: { ...env, ...more } });
  expect(ended.code, `${commands}\n${ended.stdout}${ended.stderr}`).toBe(0);
  return ended.stdout;
}

async function expectPng(file: string): Promise<void> {
  expect((await readFile(file)).subarray(1, 4).toString("latin1")).toBe("PNG");
}

task("the first edit, against the mock", async () => {
  const folder = await emptyDirectory("first");
  await cp(photo, path.join(folder, "photo.jpg"));
  const written = await type(blockOf("start/index.md", /--mock/).code, folder);
  expect(written.trim()).toBe(path.join(folder, "photo.edited.png"));
  await expectPng(written.trim());
});

task("the first edit with a key", async () => {
  const folder = await emptyDirectory("key");
  await cp(photo, path.join(folder, "photo.jpg"));
  const commands = blockOf("start/index.md", /export RETOUCH_API_KEY/).code.replace("=...", `=${key}`);
  const written = await type(commands, folder, { RETOUCH_BASE_URL: mock.url });
  await expectPng(written.trim());
  expect(mock.requests.map(({ status }) => status)).toEqual([200]);
});

const react = "start/react.md";

task("a page with React and the proxy", async () => {
  const folder = await emptyDirectory("react");
  const create = blockOf(react, /^npm create vite/).code;
  await type(create, folder);
  const project = path.join(folder, /^cd (\S+)$/m.exec(create)?.[1] ?? "");
  const [mockPort, port, vitePort] = [await freePort(), await freePort(), await freePort()];
  for (const file of ["src/editor.tsx", "src/App.tsx", "vite.config.ts", "server.mjs"])
    await writeFile(path.join(project, file), blockOf(react, file).code.replace(":3000", `:${port}`));
  await type("npm run build", project);

  const [mockLine = "", ...serverLines] = blockOf(react, /^npx @retouch\/cli mock/).code.split("\n");
  await start(mockLine.replace(" mock", ` mock --port ${mockPort}`), project, mockPort);
  const server = serverLines.join("\n").replace("4010", String(mockPort));
  await start(server, project, port, { PORT: String(port) });
  const dev = blockOf(react, /^npm run dev$/m).code.trim();
  await start(`${dev} -- --port ${vitePort} --strictPort`, project, vitePort);

  const browser = await chromium.launch(chromiumLaunch);
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${vitePort}/`);
    await page.setInputFiles("input", photo);
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page
      .getByRole("status")
      .filter({ hasText: /^success|\.\s*$/ })
      .waitFor({ timeout: 60_000 });
    expect(await page.getByRole("status").textContent()).toMatch(/^success/);
  } finally {
    await browser.close();
  }
});

task("a test of that page's component", async () => {
  const project = path.join(directory, "react/my-editor");
  const page = "guides/testing.md";
  await writeFile(path.join(project, "src/editor.test.jsx"), blockOf(page, "editor.test.jsx").code);
  await type(blockOf(page, /vitest run --environment jsdom/).code, project);
});

for (const name of ["express", "hono", "fastify"])
  task(`the proxy of ${name}`, async () => {
    const page = `start/${name}.md`;
    const project = await emptyDirectory(name);
    await cp(photo, path.join(project, "photo.png"));
    await type(blockOf(page, /^npm install @retouch\/client/).code, project);
    for (const { file, code } of pageBlocks.filter((one) => one.page === page && one.file !== undefined))
      await writeFile(path.join(project, file ?? ""), code);
    const [mockPort, port] = [await freePort(), await freePort()];
    await start(`npx @retouch/cli mock --port ${mockPort}`, project, mockPort);
    const server = blockOf(page, /RETOUCH_BASE_URL=http:\/\/127\.0\.0\.1:4010/).code.replace(
      "4010",
      String(mockPort),
    );
    await start(server, project, port, { PORT: String(port) });
    const response = await type(blockOf(page, /^curl /).code.replace(":3000", `:${port}`), project);
    expect(JSON.parse(response)).toMatchObject({ data: [{ b64_json: expect.stringMatching(/^iVBOR/) }] });
  });

task("a batch of 100 photos", async () => {
  const folder = await emptyDirectory("batch");
  await mkdir(path.join(folder, "photos"));
  const first = path.join(folder, "photos/0.jpg");
  await drawPhoto(first, { width: 96, height: 64 });
  for (let at = 1; at < 100; at += 1) await cp(first, path.join(folder, `photos/${at}.jpg`));
  const page = "guides/batch.md";
  await type(blockOf(page, /^npm install --global/).code, folder);
  const said = await type(blockOf(page, /batch init .* dusk\.jsonl/).code, folder);
  expect(said).toContain("100 of 100 saved");
  expect(await readdir(path.join(folder, "edited"))).toHaveLength(100);
});

/** Starts a command that runs until the end of the test, and waits until its server accepts connections. */
async function start(
  commands: string,
  cwd: string,
  port: number,
  more: NodeJS.ProcessEnv = {},
): Promise<void> {
  const child = spawn("bash", ["-ec", commands], {
    cwd,
    env: { ...env, ...more },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise<never>((_resolve, reject) => {
    child.once("close", () => reject(new Error(`${commands} ended: ${said}`)));
  });
  ended.catch(() => {});
  const isUp = () =>
    fetch(`http://localhost:${port}/`).then(
      () => true,
      () => false,
    );
  await Promise.race([expect.poll(isUp, { timeout: 120_000 }).toBe(true), ended]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
