import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const require = createRequire(new URL("../runtimes/package.json", import.meta.url));

interface WorkerResponse {
  readonly status: number;
  text(): Promise<string>;
}

/** A worker in workerd. */
interface Worker {
  dispatchFetch(url: string, init: object): Promise<WorkerResponse>;
  dispose(): Promise<void>;
}

/** Runs a script in workerd, without Node's compatibility flags. `bindings` are the fields of its `env`. */
export function openWorker(script: string, bindings: Readonly<Record<string, string>> = {}): Worker {
  // From the runtimes package, which is not a dependency of this one, so its types are not available here.
  const { Miniflare } = require("miniflare") as { Miniflare: new (options: object) => Worker };
  return new Miniflare({ modules: true, script, bindings, compatibilityDate: "2026-01-01" });
}

const smoke = 'import { worker } from "./smoke/worker.js"; export default worker;';

/** Bundles code, by default the smoke test, with the built client and runs it in workerd. */
export async function startWorker(
  contents = smoke,
  bindings: Readonly<Record<string, string>> = {},
): Promise<{
  run(world: object): Promise<unknown>;
  fetch(url: string, init: object): Promise<WorkerResponse>;
  close(): Promise<void>;
}> {
  const { outputFiles } = await build({
    stdin: {
      contents,
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
  const worker = openWorker(outputFiles[0]?.text ?? "", bindings);
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
    fetch: (url, init) => worker.dispatchFetch(url, init),
    close: () => worker.dispose(),
  };
}
