import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Ended, runProcess } from "../support/run-process.ts";

const consumer = fileURLToPath(new URL("../../consumer/", import.meta.url));
const own = createRequire(import.meta.url);
const runtimes = createRequire(new URL("../../runtimes/package.json", import.meta.url));

/** Configurations of users' projects: a bundler's page, and servers with both of Node's module resolutions. */
export const consumers = ["page", "node16", "nodenext"] as const;

/** The compilers, by the package that provides each. */
export type Compiler = "typescript" | "typescript-6" | "typescript-7";

/**
 * Compiles a small project that uses the public API of every entry point, in strict mode and with the declarations of
 * every package checked.
 */
export function compileConsumer(name: (typeof consumers)[number], compiler: Compiler): Promise<Ended> {
  const require = compiler === "typescript" ? own : runtimes;
  const tsc = join(dirname(require.resolve(`${compiler}/package.json`)), "bin", "tsc");
  return runProcess(process.execPath, [tsc, "-p", join(consumer, `tsconfig.${name}.json`)]);
}
