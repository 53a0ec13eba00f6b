/**
 * Measures the longest task of a page, in headless Chromium, while a mask of 12 and 48 megapixels is painted and exported
 * and an edit is cropped and put back: in the worker, and in slices where the page refuses one. A frame has 16.7 ms; from
 * 50 ms on, people notice. Run it with `node bench/long-tasks.ts`.
 */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright";
import { chromiumLaunch } from "../../../tools/chromium-launch.mjs";
import { bundleWorker } from "../bundle-worker.ts";

interface BenchPage {
  prepare(width: number, height: number): Promise<Record<string, () => Promise<unknown>>>;
  works?: Record<string, () => Promise<unknown>>;
}

interface Trace {
  readonly traceEvents: readonly {
    readonly name: string;
    readonly tid: number;
    readonly pid: number;
    readonly tdur?: number;
    readonly dur?: number;
    readonly args?: { readonly name?: string };
  }[];
}

/** Returns the CPU time of the longest task on a page's main thread, in milliseconds: it does not depend on the load. */
function longestTask({ traceEvents }: Trace): number {
  const threads = traceEvents
    .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
    .map(({ pid, tid }) => `${pid} ${tid}`);
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) => name.endsWith("RunTask") && threads.includes(`${pid} ${tid}`),
  );
  if (tasks.length === 0) throw new Error("The trace has no tasks.");
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("long-tasks-page.ts", import.meta.url))],
  bundle: true,
  splitting: true,
  format: "esm",
  outdir: "/page",
  write: false,
  plugins: [bundleWorker],
  logLevel: "error",
});
const files = new Map(outputFiles.map(({ path, text }) => [path.slice("/page".length), text]));
const browser = await chromium.launch(chromiumLaunch);
for (const [where, policy] of [
  ["worker", ""],
  ["slices", "worker-src 'none'"],
] as const) {
  const page = await browser.newPage();
  await page.route("**/*", async (route) => {
    const { pathname } = new URL(route.request().url());
    const script = files.get(pathname);
    if (script !== undefined) await route.fulfill({ body: script, contentType: "text/javascript" });
    else
      await route.fulfill({
        body: `<!doctype html><canvas style="width: 800px; height: 600px"></canvas><script type="module" src="/long-tasks-page.js"></script>`,
        contentType: "text/html",
        headers: policy === "" ? {} : { "content-security-policy": policy },
      });
  });
  page.on("pageerror", (error) => process.stderr.write(`${error.stack}\n`));
  await page.goto("https://localhost/");
  await page.waitForFunction(() => "prepare" in window);
  for (const [width, height] of [
    [4000, 3000],
    [8000, 6000],
  ] as const) {
    const names = await page.evaluate(
      async ([w, h]) => {
        const window = globalThis as unknown as BenchPage;
        window.works = await window.prepare(w, h);
        return Object.keys(window.works);
      },
      [width, height] as const,
    );
    for (const name of names) {
      await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
      const totalMs = await page.evaluate(async (work) => {
        const start = performance.now();
        await (globalThis as unknown as BenchPage).works?.[work]?.();
        return performance.now() - start;
      }, name);
      const longestMs = longestTask(JSON.parse(String(await browser.stopTracing())) as Trace);
      process.stdout.write(
        `${(width * height) / 1e6} MP, ${where}, ${name}: longest task ${longestMs.toFixed(0)} ms, done in ${totalMs.toFixed(0)} ms\n`,
      );
    }
  }
  await page.close();
}
await browser.close();
