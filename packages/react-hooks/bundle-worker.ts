import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

/** The query of an import that is the bundled code of a worker, as text: a page needs no second file for it. */
const query = "?bundle";

async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    write: false,
    logLevel: "error",
    format: "iife",
    platform: "browser",
    target: "es2022",
    absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  });
  return `export const code = ${JSON.stringify(outputFiles[0]?.text ?? "")};`;
}

/** For tsup. */
export const bundleWorker: Plugin = {
  name: "bundle-worker",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?bundle$/ }, ({ path, resolveDir }) => ({
      namespace: "bundle-worker",
      path: `${resolveDir}/${path.slice(0, -query.length)}`,
    }));
    onLoad({ filter: /.*/, namespace: "bundle-worker" }, async ({ path }) => ({
      contents: await bundle(path),
    }));
  },
};

/** For vitest. */
export const viteBundleWorker = {
  name: "bundle-worker",
  enforce: "pre" as const,
  load: (id: string) => (id.endsWith(query) ? bundle(id.slice(0, -query.length)) : undefined),
};
