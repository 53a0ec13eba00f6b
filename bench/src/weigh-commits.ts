import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

// Prints what one edit in a page weighs after each commit that changed it, oldest first, and how much more that is than
// before: where the numbers of `packages/client/src/size.test.ts` come from.
//
//     node bench/src/weigh-commits.ts              the commits of the main line
//     node bench/src/weigh-commits.ts main..HEAD   those of a branch

const { positionals } = parseArgs({ allowPositionals: true });
const root = join(import.meta.dirname, "../..");
const code =
  'import { createImageClient } from "./index.ts"; globalThis.edit = (o, p) => createImageClient(o).edit(p);';

const git = (...args: string[]): string =>
  execFileSync("git", ["-C", root, ...args], { encoding: "utf8", maxBuffer: 2 ** 28 });

/** Returns the gzipped bytes of all that the page of a commit may load; `undefined` if it does not build. */
async function weigh(commit: string): Promise<number | undefined> {
  const directory = await mkdtemp(join(tmpdir(), "retouch-weight-"));
  try {
    const archive = execFileSync("git", ["-C", root, "archive", commit, "packages/client"], {
      maxBuffer: 2 ** 28,
    });
    execFileSync("tar", ["x", "-C", directory], { input: archive });
    const packageDirectory = join(directory, "packages/client");
    await symlink(join(root, "packages/client/node_modules"), join(packageDirectory, "node_modules"));
    const { outputFiles } = await build({
      stdin: {
        contents: code,
        resolveDir: join(packageDirectory, "src"),
        loader: "ts",
        sourcefile: "page.ts",
      },
      bundle: true,
      minify: true,
      splitting: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      outdir: "out",
      write: false,
      logLevel: "silent",
    });
    return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
  } catch {
    return undefined;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const range = positionals[0] === undefined ? ["--first-parent"] : positionals;
const commits = git("log", ...range, "--reverse", "--format=%h %s", "--", "packages/client/src");
let before = 0;
for (const line of commits.split("\n").filter(Boolean)) {
  const bytes = await weigh(line.slice(0, line.indexOf(" ")));
  if (bytes === undefined || bytes === before) continue;
  console.log(`${bytes}  ${bytes - before > 0 ? "+" : ""}${bytes - before}  ${line}`);
  before = bytes;
}
