import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { type BuildOptions, build, type Plugin } from "esbuild";
import type { Patch } from "./apply-patch.ts";
import { createNodeView } from "./world/node-modules.ts";
import type { SimProcess } from "./world/sim-process.ts";

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
const repository = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Bundles the sources of the CLI and the client, unchanged. Each process evaluates the bundle anew, as a real one does,
 * with modules and globals of Node that lead into the simulation. With a patch, one of them is changed, in memory.
 */
export async function loadProduct(patch?: Patch): Promise<Product> {
  const { outputFiles } = await build({
    ...optionsFor(patch),
    stdin: {
      contents: `export { exitWith, runProgram } from "./src/program.ts";`,
      resolveDir: `${repository}/packages/cli`,
    },
    format: "cjs",
    write: false,
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

/** Writes the same sources into a folder as a program that Node runs, `bin.js`: later builds do not change it. */
export async function writeProgram(directory: string): Promise<void> {
  await writeFile(path.join(directory, "package.json"), '{"type":"module"}');
  await build({
    ...optionsFor(),
    entryPoints: [`${repository}/packages/cli/src/bin.ts`],
    format: "esm",
    splitting: true,
    outdir: directory,
    // Packages that are not modules load those of Node.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
}

function optionsFor(patch?: Patch): BuildOptions {
  const client = `${repository}/packages/client/src`;
  return {
    bundle: true,
    platform: "node",
    target: "node24",
    alias: {
      "@retouch/client/mask": `${client}/mask/index.ts`,
      "@retouch/client/composite": `${client}/composite/index.ts`,
      "@retouch/client/messages": `${client}/messages/index.ts`,
      "@retouch/client/node": `${client}/node/index.ts`,
    },
    external: ["sharp", "@retouch/mock/*"],
    define: { __RETOUCH_VERSION__: '"simulated"' },
    logLevel: "silent",
    plugins: patch === undefined ? [] : [pluginOf(patch)],
  };
}

/** Returns the plugin that bundles the patched copy of a source. */
function pluginOf({ file, apply }: Patch): Plugin {
  return {
    name: "patch",
    setup({ onLoad }) {
      const source = path.join(repository, file);
      onLoad({ filter: /\.ts$/ }, async (given) => {
        if (given.path !== source) return undefined;
        return { contents: apply(await readFile(source, "utf8")), loader: "ts" };
      });
    },
  };
}

interface Program {
  runProgram(argv: readonly string[]): Promise<number>;
  exitWith(code: number): void;
}
