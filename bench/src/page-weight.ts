import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What a page needs for one edit, by contender. */
const pages: Record<string, string> = {
  floor: `const f = new FormData(); f.append("model", "m"); export const run = async (i) => { f.append("image", i); return (await fetch("/v1/images/edits", { method: "POST", body: f })).json(); };`,
  openai: `import OpenAI from "openai"; export const run = (i) => new OpenAI({ apiKey: "k", dangerouslyAllowBrowser: true }).images.edit({ model: "m", prompt: "p", image: i });`,
  "ai-sdk": `import { generateImage } from "ai"; import { createOpenAICompatible } from "@ai-sdk/openai-compatible"; export const run = (i) => generateImage({ model: createOpenAICompatible({ name: "n", baseURL: "/v1" }).imageModel("m"), prompt: { text: "p", images: [i] } });`,
  "openapi-fetch": `import createClient from "openapi-fetch"; export const run = (i) => createClient({ baseUrl: "/" }).POST("/v1/images/edits", { body: { i }, bodySerializer: () => { const f = new FormData(); f.append("image", i); return f; } });`,
  retouch: `import { createImageClient } from "@retouch/client"; export const run = (i) => createImageClient({ apiKey: "k", dangerouslyAllowBrowser: true }).edit({ model: "m", prompt: "p", image: i });`,
};

interface Weight {
  readonly name: string;
  /** What must arrive before the first edit can start: the entry and its static imports. */
  readonly startBytes: number;
  /** What may arrive later, by dynamic import. */
  readonly lateBytes: number;
}

/** Bundles a minimal edit per contender for a page and weighs it after gzip. */
export async function pageWeights(): Promise<Weight[]> {
  const weights: Weight[] = [];
  for (const [name, contents] of Object.entries(pages)) {
    const { outputFiles, metafile } = await build({
      stdin: { contents, resolveDir: import.meta.dirname, sourcefile: "page.js" },
      bundle: true,
      splitting: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      outdir: "out",
      metafile: true,
      write: false,
      logLevel: "error",
    });
    const entry = Object.keys(metafile.outputs).find((path) => metafile.outputs[path]?.entryPoint) ?? "";
    const atStart = new Set<string>();
    const visit = (path: string): void => {
      if (atStart.has(path)) return;
      atStart.add(path);
      for (const found of metafile.outputs[path]?.imports ?? [])
        if (found.kind === "import-statement") visit(found.path);
    };
    visit(entry);
    let startBytes = 0;
    let lateBytes = 0;
    for (const file of outputFiles) {
      const size = gzipSync(file.contents, { level: 9 }).byteLength;
      if ([...atStart].some((path) => file.path.endsWith(path))) startBytes += size;
      else lateBytes += size;
    }
    weights.push({ name, startBytes, lateBytes });
  }
  return weights;
}
