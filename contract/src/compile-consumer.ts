import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Ended, runProcess } from "./run-process.ts";

const consumer = fileURLToPath(new URL("../consumer/", import.meta.url));
const own = createRequire(import.meta.url);
const runtimes = createRequire(new URL("../runtimes/package.json", import.meta.url));

/** How users' projects are set up: a bundler's page, and servers under both of Node's ways to resolve. */
export const consumers = ["page", "node16", "nodenext"] as const;

/** The compilers, by the package that brings each. */
export type Compiler = "typescript" | "typescript-6" | "typescript-7";

/**
 * Compiles a small project that uses the public API of every entry, in strict and with the declarations of every
 * package checked as well.
 */
export function compileConsumer(name: (typeof consumers)[number], compiler: Compiler): Promise<Ended> {
  const require = compiler === "typescript" ? own : runtimes;
  const tsc = join(dirname(require.resolve(`${compiler}/package.json`)), "bin", "tsc");
  return runProcess(process.execPath, [tsc, "-p", join(consumer, `tsconfig.${name}.json`)]);
}
