import { mkdir, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawPhoto, makeFolder } from "../src/cli/work-folder.ts";
import { runProcess } from "../src/run-process.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const isWindows = process.platform === "win32";
/** Windows starts `npm.cmd` in a shell alone: there npm's own script is run, which lies beside Node. */
const npm: readonly [string, ...string[]] = isWindows
  ? [process.execPath, path.join(path.dirname(process.execPath), "node_modules/npm/bin/npm-cli.js")]
  : ["npm"];
/** The package manager that runs this test names its own script. */
const pnpm = process.env["npm_execpath"] ?? "pnpm";
let folder: Awaited<ReturnType<typeof makeFolder>>;
let env: NodeJS.ProcessEnv;

async function must(command: string, words: readonly string[], cwd: string): Promise<string> {
  const ended = await runProcess(command, words, { cwd, env });
  expect(ended.code, `${command} ${words.join(" ")}\n${ended.stderr}${ended.stdout}`).toBe(0);
  return ended.stdout;
}

beforeAll(async () => {
  folder = await makeFolder();
  env = { ...process.env, HOME: folder.path, RETOUCH_STATE_DIR: path.join(folder.path, ".state") };
  // npm would read what the package manager that runs this test set up for itself.
  for (const name of Object.keys(env))
    if (/^npm_config_/i.test(name) && !/registry/i.test(name)) delete env[name];
  for (const name of ["client", "mock", "cli"]) {
    const words = ["pack", "--pack-destination", folder.path];
    const cwd = path.join(root, "packages", name);
    if (/\.c?js$/.test(pnpm)) await must(process.execPath, [pnpm, ...words], cwd);
    else await must(pnpm, words, cwd);
  }
  const tarballs = (await readdir(folder.path)).filter((name) => name.endsWith(".tgz"));
  expect(tarballs).toHaveLength(3);
  await mkdir(path.join(folder.path, "prefix"));
  const files = tarballs.map((name) => path.join(folder.path, name));
  const words = ["install", "--global", "--prefix", "prefix", "--no-audit", "--no-fund", ...files];
  await must(npm[0], [...npm.slice(1), ...words], folder.path);
});
afterAll(() => folder.remove());

/** Sums the bytes and the packages below a folder. */
async function weigh(at: string): Promise<{ bytes: number; packages: number }> {
  let bytes = 0;
  let packages = 0;
  for (const entry of await readdir(at, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) bytes += (await stat(file)).size;
    if (/node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+[\\/]package\.json$/.test(file)) packages++;
  }
  return { bytes, packages };
}

describe("npm install --global of the packed tarballs", () => {
  it("takes at most 45 MB and 40 packages", async () => {
    const { bytes, packages } = await weigh(path.join(folder.path, "prefix"));
    expect(packages).toBeGreaterThan(3);
    expect(packages).toBeLessThanOrEqual(40);
    expect(bytes / 1_000_000).toBeLessThanOrEqual(45);
  });

  it("gives a `retouch` that edits with --mock in an empty folder, as --help says", async () => {
    const work = path.join(folder.path, "work");
    await mkdir(work);
    await drawPhoto(path.join(work, "photo.jpg"));
    const bin = path.join(
      folder.path,
      isWindows ? "prefix" : "prefix/lib",
      "node_modules/@retouch/cli/dist/bin.js",
    );
    const words = (line: string) => [bin, ...line.split(" ")];
    const help = await must(process.execPath, words("--help"), work);
    const example = /retouch (edit photo\.jpg .*)"make it dusk" --mock/.exec(help)?.[1] ?? "";
    const line = [bin, ...example.trim().split(" "), "make it dusk", "--mock"];
    const written = (await must(process.execPath, line, work)).trim();
    expect(path.basename(written)).toBe("photo.edited.png");
    expect((await stat(written)).size).toBeGreaterThan(1000);
  });
});
