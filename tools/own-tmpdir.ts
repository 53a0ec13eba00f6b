/**
 * Creates a temporary directory for the test run, and fails the run when files remain in it.
 *
 * The check runs at process exit, not in a teardown: Vitest runs teardowns before it closes Chromium, when the browser
 * profile still exists. Child processes inherit the directory through the environment.
 */
import { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Node's compile cache, which `tsc` enables too. */
const compileCache = "node-compile-cache";

export function setup(): void {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), "retouch-test-"));
  // POSIX reads the first, Windows the others.
  for (const name of ["TMPDIR", "TMP", "TEMP"]) process.env[name] = directory;
  // The tests start the same programs again and again: each is compiled, and its types are stripped, once.
  process.env["NODE_COMPILE_CACHE"] = join(directory, compileCache);
  process.once("exit", () => {
    const remaining = readdirSync(directory).filter((name) => name !== compileCache);
    rmSync(directory, { recursive: true, force: true });
    if (remaining.length === 0) return;
    console.error(
      `The tests left ${remaining.length} entries in the temporary directory: ${remaining.sort().join(", ")}. Remove each in the test that creates it.`,
    );
    process.exitCode = 1;
  });
}
