import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(new URL("../../runtimes/package.json", import.meta.url));

function packageDirectory(name: string): string {
  return dirname(require.resolve(`${name}/package.json`));
}

/**
 * Returns the Node of a major version: the one that runs this test, or the one of `contract/runtimes`. A platform
 * without such a binary in the registry is an error, never a skipped test.
 */
export function nodeBinary(major: number): string {
  if (Number(process.versions.node.split(".")[0]) === major) return process.execPath;
  const directory = packageDirectory(`node-${major}-${process.platform}-${process.arch}`);
  const path = join(directory, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(path))
    throw new Error(`No Node ${major} for ${process.platform}-${process.arch} at ${path}.`);
  return path;
}

/** Finds the executable that a package of `contract/runtimes` installs. */
export function runtimeBinary(name: "bun" | "deno"): string {
  const file = process.platform === "win32" ? `${name}.cmd` : name;
  return fileURLToPath(new URL(`../../runtimes/node_modules/.bin/${file}`, import.meta.url));
}
