/**
 * Gives a test run a temporary directory of its own, and fails the run when anything is left in it.
 *
 * It checks as the process exits, not in a teardown: Vitest runs teardowns before it closes Chromium, whose profile is
 * still there then. Child processes inherit the directory through the environment.
 */
import { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What others keep there on purpose: Node's cache of compiled code, which `tsc` turns on. */
const caches = new Set(["node-compile-cache"]);

export function setup(): void {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), "retouch-test-"));
  // POSIX reads the first, Windows the others.
  for (const name of ["TMPDIR", "TMP", "TEMP"]) process.env[name] = directory;
  process.once("exit", () => {
    const left = readdirSync(directory).filter((name) => !caches.has(name));
    rmSync(directory, { recursive: true, force: true });
    if (left.length === 0) return;
    console.error(
      `The tests left ${left.length} entries in the temporary directory: ${left.sort().join(", ")}. Remove each in the test that makes it.`,
    );
    process.exitCode = 1;
  });
}
