import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { build } from "esbuild";
import type { SimProcess } from "./world/sim-process.ts";
import { createNodeView } from "./world/node-modules.ts";

/** Starts `retouch` in a simulated process. */
export type Product = (process: SimProcess) => void;

const globalNames = [
  "globalThis",
  "process",
  "Date",
  "Math",
  "performance",
  "crypto",
  "fetch",
  "setTimeout",
  "setImmediate",
  "setInterval",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
];

/** The root of the repository. */
export const repository = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Bundles the sources of the CLI and the client, unchanged. Each process evaluates the bundle anew, as a real one does,
 * with modules and globals of Node that lead into the simulation.
 */
export async function loadProduct(root: string = repository): Promise<Product> {
  const client = `${root}/packages/client/src`;
  const { outputFiles } = await build({
    stdin: {
      contents: `export { exitWith, runProgram } from "./src/program.ts";`,
      resolveDir: `${root}/packages/cli`,
    },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
    write: false,
    alias: {
      "@retouch/client/mask": `${client}/mask/index.ts`,
      "@retouch/client/messages": `${client}/messages/index.ts`,
      "@retouch/client/node": `${client}/node/index.ts`,
    },
    external: ["sharp", "@retouch/mock/*"],
    define: { __RETOUCH_VERSION__: '"simulated"' },
    logLevel: "silent",
    nodePaths: [`${repository}/packages/cli/node_modules`, `${repository}/packages/client/node_modules`],
  });
  const [bundle] = outputFiles;
  const evaluate = compileFunction(bundle?.text ?? "", ["module", "require", ...globalNames], {
    filename: "retouch-bundle.cjs",
  }) as (...given: unknown[]) => void;
  return (process) => {
    const { require, globals } = createNodeView(process);
    const module: { exports: Partial<Program> } = { exports: {} };
    evaluate(module, require, ...globalNames.map((name) => globals[name]));
    const { runProgram, exitWith } = module.exports as Program;
    void runProgram(process.argv).then(exitWith);
  };
}

interface Program {
  runProgram(argv: readonly string[]): Promise<number>;
  exitWith(code: number): void;
}
