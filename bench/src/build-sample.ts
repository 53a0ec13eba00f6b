import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const outdir = fileURLToPath(new URL("../node_modules/.cache/bench", import.meta.url));

/**
 * Compiles the code of the measured processes into `node_modules/.cache/bench`: when Node strips types itself, its
 * compiler adds 15 MiB of memory that no contender uses.
 */
export async function buildSample(): Promise<void> {
  await build({
    entryPoints: ["sample.ts", "first-call.ts"].map((name) => fileURLToPath(new URL(name, import.meta.url))),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node24",
  });
}
