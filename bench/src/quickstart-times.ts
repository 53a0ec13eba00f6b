import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freshEnvironment } from "./fresh-environment.ts";
import { spread } from "./statistics.ts";
import { table } from "./write-report.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Times `npm run quickstart` in a new copy of the tracked files, with the packages in pnpm's store and Node installed. */
export async function quickstartTimes(rounds: number): Promise<string> {
  const { stdout } = await run("git", ["ls-files", "-z"], { cwd: root, maxBuffer: 2 ** 26 });
  const names = stdout.split("\0").filter((name) => name !== "");
  const { TURBO_CACHE_DIR: _, ...environment } = freshEnvironment();
  const env = { ...environment, RETOUCH_TOOLCHAIN: "1", npm_config_prefer_offline: "true" };
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const directory = await mkdtemp(join(tmpdir(), "retouch-bench-quickstart-"));
    // A file that was removed and not committed is not there.
    for (const name of names) await cp(join(root, name), join(directory, name)).catch(() => undefined);
    const start = performance.now();
    const done = run(process.execPath, ["tools/bootstrap.mjs", "quickstart"], { cwd: directory, env });
    await done.finally(() => rm(directory, { recursive: true, force: true }));
    times.push((performance.now() - start) / 1_000);
  }
  return `### \`npm run quickstart\` in a new clone, packages cached\n\n${table(["time, s"], [[spread(times)]])}`;
}
