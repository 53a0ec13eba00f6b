import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDirectory } from "../../src/cli/support/work-directory.ts";
import { blocksOf } from "../../src/docs/readme-blocks.ts";
import { launchChromium } from "../../src/runtimes/launch-chromium.ts";
import { drawImage } from "../../src/support/sample-images.ts";
import { type LocalRegistry, startLocalRegistry } from "./local-registry.ts";
import { createProject, type Project } from "./project.ts";
import { copyRepository, type ScratchRepository } from "./publish.ts";

/** The key that only the mock of a rehearsal accepts. */
export const key = "key-of-a-rehearsal";
/** React and its page, of the major version that most projects have. */
export const react = ["react@19", "react-dom@19"];

/** What all cells share: one registry with one release of the packages, one mock, one browser. */
export interface Rehearsal {
  readonly repository: ScratchRepository;
  readonly mock: MockServer;
  readonly browser: Browser;
  readonly photo: Uint8Array;
}

/** The oldest Node that the packages declare in `engines`. */
export const oldestNode = await readOldestNode();

const cells: { cell: string; result: string; seconds: string }[] = [];
let directory: Awaited<ReturnType<typeof makeDirectory>>;
let registry: LocalRegistry;
let running: Rehearsal;
/** The environment of the projects: their own home, no setting of the package manager that runs this test. */
let env: NodeJS.ProcessEnv;

/** Publishes version 0.1.0 before the cells, and prints their table after them. */
export function useRehearsal(): void {
  beforeAll(async () => {
    directory = await makeDirectory();
    const mock = await startMockServer({ apiKey: key });
    env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name) || /registry/i.test(name)),
    );
    Object.assign(env, { HOME: directory.path, XDG_CACHE_HOME: path.join(directory.path, "cache") });
    registry = await startLocalRegistry(path.join(directory.path, "registry"), env);
    for (const name of Object.keys(env))
      if (/^(npm_config_registry|VITEST|NODE_ENV)/i.test(name)) delete env[name];
    Object.assign(env, {
      RETOUCH_API_KEY: key,
      RETOUCH_BASE_URL: mock.url,
      RETOUCH_MODEL: "gpt-image-1",
      RETOUCH_STATE_DIR: path.join(directory.path, "state"),
      TMPDIR: path.join(directory.path, "tmp"),
    });
    await mkdir(path.join(directory.path, "tmp"));
    // Programs that are installed globally read only the settings of the user.
    await writeFile(path.join(directory.path, ".npmrc"), registry.npmrc);
    const repository = await copyRepository(path.join(directory.path, "repository"), registry, env);
    await repository.release();
    running = {
      repository,
      mock,
      browser: await launchChromium(),
      photo: await drawImage("png", 96, 64),
    };
  }, 600_000);

  afterAll(async () => {
    console.table(cells);
    await running?.browser.close();
    await running?.mock.close();
    await registry?.close();
    await directory?.remove();
  });
}

/** Returns what the cells share, once it is running. */
export function rehearsal(): Rehearsal {
  return running;
}

/** Defines a test that is a row of the printed table. It has a project of its own. */
export function cell(title: string, run: (project: Project) => Promise<void>): void {
  test(title, async () => {
    const start = performance.now();
    const row = { cell: title, result: "failed", seconds: "" };
    cells.push(row);
    try {
      await run(await newProject(title));
      row.result = "ok";
    } finally {
      row.seconds = ((performance.now() - start) / 1000).toFixed(1);
    }
  });
}

/** Creates an empty project with an image, `photo.png`. */
export async function newProject(title: string): Promise<Project> {
  const name = title.replace(/\W+/g, "-");
  const project = await createProject(path.join(directory.path, "projects", name), registry.npmrc, env);
  await project.write("photo.png", Buffer.from(running.photo));
  return project;
}

/** Expects a project to have a PNG that its program wrote. */
export async function expectImage(project: Project, file = "out.png"): Promise<void> {
  const bytes = await readFile(path.join(project.directory, file));
  expect(bytes.subarray(1, 4).toString("latin1")).toBe("PNG");
}

/** Returns a block of a package's README. */
export function readmeCode(page: string, mark: RegExp): string {
  const found = blocksOf(`packages/${page}/README.md`).find(({ code }) => mark.test(code));
  if (found === undefined) throw new Error(`The README of ${page} has no code with ${mark}.`);
  return found.code;
}

/** Installs a Node of another version, from the packages that have its binary, and returns its path. */
export async function installNode(project: Project, version: string): Promise<string> {
  const names: Partial<Record<NodeJS.Platform, string>> = { win32: "node-win", darwin: "node-bin-darwin" };
  const name = `${names[process.platform] ?? "node-linux"}-${process.arch}`;
  await project.install(`node-${version}@npm:${name}@${version}`);
  const file = process.platform === "win32" ? "node.exe" : "node";
  return path.join(project.directory, "node_modules", `node-${version}`, "bin", file);
}

async function readOldestNode(): Promise<string> {
  const manifest = new URL("../../../packages/client/package.json", import.meta.url);
  const { engines } = JSON.parse(await readFile(manifest, "utf8")) as { engines: { node: string } };
  return `${engines.node.replace(/^>=/, "")}.0`;
}
