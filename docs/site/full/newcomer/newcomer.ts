import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type LocalRegistry, startLocalRegistry } from "../../../../contract/full/release/local-registry.ts";
import { copyRepository } from "../../../../contract/full/release/publish.ts";
import { runProcess } from "../../../../contract/src/support/run-process.ts";
import { readerServers } from "../../src/markdown/per-server.ts";
import { root } from "../../src/markdown/source-file.ts";
import { startVendor, type Vendor } from "./start-vendor.ts";

// A newcomer's machine: empty folders, a registry that has the packages, and servers that stand in for the vendors.

export const key = "key-of-a-newcomer";
export const photo = path.join(root, "tools/quickstart/sample/scene.png");

const seconds: { task: string; seconds: string }[] = [];
const children: ChildProcess[] = [];
let directory: string;
let registry: LocalRegistry;
let mock: MockServer;
let env: NodeJS.ProcessEnv;
let vendors: Vendor[] = [];

/** Prepares the machine for the tasks of a file. */
export function setUpMachine(): void {
  beforeAll(async () => {
    directory = await realpath(await mkdtemp(path.join(tmpdir(), "retouch-newcomer-")));
    mock = await startMockServer({ apiKey: key, render: "drawn" });
    vendors = await Promise.all(readerServers.map((server) => startVendor(server, mock)));
    env = Object.fromEntries(
      Object.entries(process.env).filter(
        ([name]) => !/^(?:npm_(?!config_registry)|VITEST|NODE_ENV|RETOUCH_|OPENAI_)/i.test(name),
      ),
    );
    Object.assign(env, {
      HOME: directory,
      TMPDIR: await emptyDirectory("tmp"),
      XDG_CACHE_HOME: path.join(directory, "cache"),
      XDG_CONFIG_HOME: path.join(directory, "config"),
      DENO_DIR: path.join(directory, "cache/deno"),
      RETOUCH_STATE_DIR: path.join(directory, "state"),
      // Where `npm install --global` installs to.
      npm_config_prefix: path.join(directory, "global"),
      PATH: [path.join(directory, "global/bin"), env["PATH"]].join(path.delimiter),
      NEXT_TELEMETRY_DISABLED: "1",
      WRANGLER_SEND_METRICS: "false",
      CREATE_CLOUDFLARE_TELEMETRY_DISABLED: "1",
      CI: "1",
    });
    registry = await startLocalRegistry(path.join(directory, "registry"), env);
    delete env["npm_config_registry"];
    await writeFile(path.join(directory, ".npmrc"), registry.npmrc);
    const repository = await copyRepository(path.join(directory, "repository"), registry, env);
    await repository.release();
  }, 600_000);

  afterEach(async () => {
    for (const child of children.splice(0)) await stop(child);
  });

  afterAll(async () => {
    console.table(seconds);
    for (const vendor of vendors) await vendor.close();
    await mock?.close();
    await registry?.close();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  });
}

/** Defines a task, whose seconds are printed. */
export function task(title: string, run: () => Promise<void>): void {
  test(title, { timeout: 600_000 }, async () => {
    const start = performance.now();
    await run();
    seconds.push({ task: title, seconds: ((performance.now() - start) / 1000).toFixed(1) });
  });
}

export async function emptyDirectory(name: string): Promise<string> {
  const folder = path.join(directory, name);
  await mkdir(folder);
  return folder;
}

/** Where an earlier task has worked. */
export function directoryOf(name: string): string {
  return path.join(directory, name);
}

/** Types a block of commands into a shell, which ends at the first one that fails. */
export async function type(commands: string, cwd: string, more: NodeJS.ProcessEnv = {}): Promise<string> {
  const ended = await runProcess("bash", ["-ec", commands], { cwd, env: { ...env, ...more } });
  expect(ended.code, `${commands}\n${ended.stdout}${ended.stderr}`).toBe(0);
  return ended.stdout;
}

export async function expectPng(file: string): Promise<void> {
  expect((await readFile(file)).subarray(1, 4).toString("latin1")).toBe("PNG");
}

/** Does the same at each server of the pages; afterwards, all of its edits have to be images. */
export async function atEachServer(run: (vendor: Vendor) => Promise<void>): Promise<void> {
  for (const vendor of vendors) {
    vendor.seen.length = 0;
    await run(vendor);
    expect(vendor.seen, vendor.name).toEqual([`${vendor.model} 200`]);
  }
}

/** Gives commands a key, and the vendor's stand-in. */
export function withKey(commands: string, vendor: Vendor): string {
  return commands.replace("=...", `=${key}`).replaceAll(vendor.baseUrl, vendor.url);
}

/** Starts a command that runs until the end of the test, and waits until its server accepts connections. */
export async function start(
  commands: string,
  cwd: string,
  port: number,
  more: NodeJS.ProcessEnv = {},
): Promise<ChildProcess> {
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
  return child;
}

/** Stops a command: a shell with a program of its own, such as `npx` and what it runs. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const closed = once(child, "close");
  process.kill(-child.pid, "SIGKILL");
  await closed;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
