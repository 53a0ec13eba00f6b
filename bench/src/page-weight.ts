import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { table } from "./write-report.ts";

/** The code that a page needs for one edit, by contender; React belongs to the page. */
const pages: Record<string, string> = {
  floor: `const f = new FormData(); f.append("model", "m"); export const run = async (i) => { f.append("image", i); return (await fetch("/v1/images/edits", { method: "POST", body: f })).json(); };`,
  openai: `import OpenAI from "openai"; export const run = (i) => new OpenAI({ apiKey: "k", dangerouslyAllowBrowser: true }).images.edit({ model: "m", prompt: "p", image: i });`,
  "ai-sdk": `import { generateImage } from "ai"; import { createOpenAICompatible } from "@ai-sdk/openai-compatible"; export const run = (i) => generateImage({ model: createOpenAICompatible({ name: "n", baseURL: "/v1" }).imageModel("m"), prompt: { text: "p", images: [i] } });`,
  "openapi-fetch": `import createClient from "openapi-fetch"; export const run = (i) => createClient({ baseUrl: "/" }).POST("/v1/images/edits", { body: { i }, bodySerializer: () => { const f = new FormData(); f.append("image", i); return f; } });`,
  "@retouch/client": `import { createImageClient } from "@retouch/client"; export const run = (i) => createImageClient({ apiKey: "k", dangerouslyAllowBrowser: true }).edit({ model: "m", prompt: "p", image: i });`,
  "@retouch/client/browser": `import { createImageClient } from "@retouch/client/browser"; export const run = (i) => createImageClient({ apiKey: "k", dangerouslyAllowBrowser: true }).edit({ model: "m", prompt: "p", image: i });`,
  "@retouch/react-hooks (useImageEdit) and the client": `export { useImageEdit, proxyTransport } from "@retouch/react-hooks";`,
};

/** Chunks loaded only by an edit with a mask, a stream, a dialect or a task, or an image that is downscaled first. */
const rarelyLoaded =
  /inspect-mask|has-all-scans|read-events|poll-task|encode-json-edit|dialects\.gen|prepare-params|dist\/mask\//;

/** Bundles a minimal edit per contender for a page, measures its gzip size, and writes the table. */
export async function pageWeights(): Promise<string> {
  const rows: string[][] = [];
  for (const [name, contents] of Object.entries(pages)) {
    const { outputFiles, metafile } = await build({
      stdin: { contents, resolveDir: import.meta.dirname, sourcefile: "page.js" },
      bundle: true,
      splitting: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      external: ["react", "react/*", "react-dom"],
      outdir: "out",
      metafile: true,
      write: false,
      logLevel: "error",
    });
    const weigh = (paths: ReadonlySet<string>): string => {
      const files = outputFiles.filter((file) => [...paths].some((path) => file.path.endsWith(path)));
      return String(files.reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).byteLength, 0));
    };
    rows.push([
      name,
      weigh(reach(metafile, () => false)),
      weigh(reach(metafile, (source) => !rarelyLoaded.test(source))),
      weigh(reach(metafile, () => true)),
    ]);
  }
  const head = ["contender", "at start, B", "with the first edit, B", "with masks and streams, B"];
  return `### A minimal edit in a page, gzip\n\n${table(head, rows)}`;
}

/** Follows imports from the page: the static ones, and dynamic ones of the sources that `follow` accepts. */
function reach({ outputs }: Metafile, follow: (source: string) => boolean): Set<string> {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const found of outputs[path]?.imports ?? []) {
      if (found.external) continue;
      if (found.kind === "import-statement" || follow(outputs[found.path]?.entryPoint ?? ""))
        visit(found.path);
    }
  };
  visit(Object.keys(outputs).find((path) => outputs[path]?.entryPoint?.endsWith("page.js")) ?? "");
  return reached;
}
