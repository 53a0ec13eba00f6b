/**
 * Watches the spec, the packages and the site: `pnpm dev`. A change of `spec/` is generated, what depends on it is built,
 * and the site's page follows.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { watch } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "../..");
const children: ChildProcess[] = [];

/** Starts a script of Node, without a package manager between: a signal reaches the script itself. */
function start(script: string, ...argv: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [path.join(root, script), ...argv], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  children.push(child);
  return child;
}

/** Generates once at a time: a change meanwhile is generated afterwards. */
function watchSpec(): void {
  let running: ChildProcess | undefined;
  let isStale = false;
  const generate = (): void => {
    isStale = running !== undefined;
    if (running !== undefined) return;
    running = start("tools/src/generate.ts");
    running.once("exit", () => {
      children.splice(children.indexOf(running as ChildProcess), 1);
      running = undefined;
      if (isStale) generate();
    });
  };
  watch(path.join(root, "spec"), { recursive: true }, (_, name) => {
    // The generator writes the spec itself.
    if (name !== null && /\.ya?ml$/.test(name) && !/openapi\.yaml$/.test(name)) generate();
  });
}

watchSpec();
start("node_modules/turbo/bin/turbo", "watch", "build", "--filter=./packages/*");
start("docs/site/src/dev.ts");
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const child of children) child.kill(signal);
    process.exit();
  });
}
