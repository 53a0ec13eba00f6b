import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { type BuildOptions, build, type Plugin } from "esbuild";
import type { Patch } from "./apply-patch.ts";
import { Bundle } from "./bundle.ts";
import type { LedgerModel } from "./queue/service.ts";
import type { SimProcess } from "./world/sim-process.ts";

/** Starts `retouch` in a simulated process. */
export type Product = (process: SimProcess) => void;

/** The root of the repository. */
const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Bundles the sources of the CLI and the client, unchanged. With a patch, one of them is changed, in memory. */
export function loadProduct(patch?: Patch, options?: { readonly isReused: boolean }): Promise<Product> {
  return load("./src/program.ts", patch, options);
}

/** What a story of a queue runs. */
export interface QueueProduct {
  /** Starts a producer or a worker in a simulated process. */
  readonly start: Product;
  /** What the scripts of the ledger decide; a test of the queue compares the two. */
  createLedger(): LedgerModel;
}

/** Bundles a worker of the queue, with the sources of the CLI and the client, and the model of its ledger. */
export async function loadQueue(patch?: Patch): Promise<QueueProduct> {
  const start = await load("../../simulation/src/queue/worker-program.ts", patch);
  const { outputFiles } = await build({
    ...optionsFor(patch),
    entryPoints: [`${repository}/packages/queue/src/ledger/model.ts`],
    format: "cjs",
    write: false,
  });
  const module = { exports: {} as { readonly LedgerModel: new () => LedgerModel } };
  compileFunction(outputFiles[0]?.text ?? "", ["module", "exports"])(module, module.exports);
  return { start, createLedger: () => new module.exports.LedgerModel() };
}

async function load(
  program: string,
  patch?: Patch,
  options?: { readonly isReused: boolean },
): Promise<Product> {
  const { outputFiles } = await build({
    ...optionsFor(patch),
    stdin: {
      // Imported late, so that each module is one that can be evaluated anew.
      contents: `export const load = async () => ({ ...(await import("${program}")), ...(await import("./src/exit-with.ts")) });`,
      resolveDir: `${repository}/packages/cli`,
    },
    format: "cjs",
    write: false,
  });
  const [output] = outputFiles;
  const bundle = new Bundle(output?.text ?? "", options);
  return (process) => {
    void bundle.load(process).then(({ runProgram, exitWith }) => runProgram(process.argv).then(exitWith));
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
      "@retouch/cli/journal": `${repository}/packages/cli/src/journal.ts`,
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
