import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../src/cli/support/run-cli.ts";
import { hostile } from "../src/hostile/behaviors.ts";
import { type Caller, callers, key, timeoutMs } from "../src/hostile/callers.ts";
import { expectSafe } from "../src/hostile/expect-safe.ts";
import { type PageCallers, startPageCallers } from "../src/hostile/page-callers.ts";
import { png } from "../src/hostile/results.ts";
import { type HostileServer, startServerThread } from "../src/hostile/server-thread.ts";

// The whole matrix; `verify` tries the callers of one process.

let server: HostileServer;
let pages: PageCallers;
beforeAll(async () => {
  server = await startServerThread("hostile");
  pages = await startPageCallers();
});
afterAll(async () => {
  await pages?.close();
  await server.close();
});

const reporterFile = fileURLToPath(new URL("report-peak.cjs", import.meta.url));
/** The usual value is 100 to 250. A result's URL is read into memory, up to 256 MiB, which makes it 410. */
const maxPeakMib = (baseUrl: string): number => (baseUrl.includes("result") ? 520 : 400);

/** Edits with the CLI in a directory of its own, where little may be written but the state. */
const cli: Caller = async (baseUrl, image) => {
  const home = await mkdtemp(join(tmpdir(), "retouch-hostile-"));
  const cwd = join(home, "work");
  const peakFile = join(home, "peak");
  try {
    await mkdir(cwd);
    await writeFile(join(cwd, "photo.png"), image);
    const settings = { RETOUCH_API_KEY: key, RETOUCH_BASE_URL: baseUrl };
    const env = { ...settings, NODE_OPTIONS: `--require=${reporterFile}`, REPORT_FILE: peakFile };
    const timeout = ["--timeout", String(timeoutMs / 1000)];
    const argv = ["edit", "photo.png", "-m", "acme-9", "-p", "A red hat", ...timeout];
    const ended = await runCli(argv, { cwd, env });
    expect(ended.code, ended.stderr).toBeGreaterThan(0);
    expect(Number(await readFile(peakFile, "utf8")) / 1024, "MiB").toBeLessThan(maxPeakMib(baseUrl));
    // Previews that arrived are rescued: a bounded number of files, named after the input.
    const files = await readdir(cwd);
    expect(files.length).toBeLessThan(50);
    expect(files.filter((name) => !/^(?:\.state|photo[\w.-]*)$/.test(name))).toEqual([]);
    const recovered = await runCli(["recover", ...timeout], { cwd, env: settings });
    const outcome = /may have been billed|was billed/.test(ended.stderr) ? "unknown" : "rejected";
    return {
      images: [],
      error: { name: "", outcome, code: `exit ${ended.code}` },
      warnings: [],
      shown: [ended, recovered].map((run) => `${run?.stdout}\n${run?.stderr}`).join("\n"),
    };
  } finally {
    await rm(home, { recursive: true });
  }
};

/** Nothing limits how much the CLI stores but 1 GiB, which takes longer than its deadline. */
const limits: Readonly<Record<string, number>> = { cli: 2 ** 30 };

test.each(Object.keys(hostile))("%s does no harm to any caller", async (behavior) => {
  const all = Object.entries({ ...callers, ...pages.callers, cli });
  const expectHarmless = ([name, call]: [string, Caller]): Promise<void> =>
    expectSafe(server, behavior, name, (url) => call(url, new Uint8Array(png)), limits[name]);
  if (hostile[behavior]?.isSilent) await Promise.all(all.map(expectHarmless));
  else for (const one of all) await expectHarmless(one);
});
