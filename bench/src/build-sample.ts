import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const outdir = fileURLToPath(new URL("../node_modules/.cache/bench", import.meta.url));

/**
 * Compiles what runs in the measured processes into `node_modules/.cache/bench`: a Node that strips types on the way has its
 * compiler in memory, 15 MiB that are nobody's work.
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
