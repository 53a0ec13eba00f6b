import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const require = createRequire(new URL("../runtimes/package.json", import.meta.url));

/** A worker in workerd. */
interface Worker {
  dispatchFetch(url: string, init: object): Promise<{ status: number; text(): Promise<string> }>;
  dispose(): Promise<void>;
}

/** Runs a script in workerd, without Node's compatibility flags. `bindings` are the fields of its `env`. */
export function openWorker(script: string, bindings: Readonly<Record<string, string>> = {}): Worker {
  // From the runtimes package, which is not a dependency of this one, so its types are not available here.
  const { Miniflare } = require("miniflare") as { Miniflare: new (options: object) => Worker };
  return new Miniflare({ modules: true, script, bindings, compatibilityDate: "2026-01-01" });
}

/** Bundles the smoke test with the built client and runs it in workerd. */
export async function startWorker(): Promise<{
  run(world: object): Promise<unknown>;
  close(): Promise<void>;
}> {
  const { outputFiles } = await build({
    stdin: {
      contents: 'import { worker } from "./smoke/worker.js"; export default worker;',
      resolveDir: fileURLToPath(new URL("../", import.meta.url)),
    },
    bundle: true,
    write: false,
    format: "esm",
    logLevel: "error",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "import"],
  });
  const worker = openWorker(outputFiles[0]?.text ?? "");
  return {
    async run(world) {
      const response = await worker.dispatchFetch("http://worker/", {
        method: "POST",
        body: JSON.stringify(world),
      });
      const text = await response.text();
      if (response.status !== 200) throw new Error(text);
      return JSON.parse(text);
    },
    close: () => worker.dispose(),
  };
}
