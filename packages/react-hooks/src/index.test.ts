import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import * as entryPoint from "./index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bundles an import for a page, without React. Returns the gzipped bytes at start and of the chunks loaded later. */
async function weigh(code: string): Promise<{ start: number; late: number }> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: ["react"],
    outdir: "/bundle",
    write: false,
    logLevel: "error",
  });
  const entry = outputFiles.find(({ path }) => path.endsWith("stdin.js"));
  if (entry === undefined) throw new Error("The bundle has no entry.");
  const loaded = [...entry.text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)].map(([, name]) => name);
  const weight = { start: 0, late: 0 };
  for (const { path, contents } of outputFiles) {
    const isAtStart = path === entry.path || loaded.some((name) => path.endsWith(`/${name}`));
    weight[isAtStart ? "start" : "late"] += gzipSync(contents, { level: 9 }).length;
  }
  return weight;
}

describe("the entry point", () => {
  it("the entry point exports these names and no others", () => {
    expect(Object.keys(entryPoint).sort()).toEqual([
      "EditSession",
      "EditSessionProvider",
      "MaskPainter",
      "directTransport",
      "indexedDbStorage",
      "proxyTransport",
      "useEditSelector",
      "useEditSession",
      "useImageEdit",
      "useMask",
    ]);
  });

  it("the built entry point starts with 'use client', so that a server component may import it", async () => {
    expect((await readFile(`${root}dist/index.js`, "utf8")).split("\n")[0]).toBe('"use client";');
  });

  it("the entry point can be imported without a DOM", async () => {
    const code = 'import("@retouch/react-hooks").then((exports) => console.log(Object.keys(exports).length))';
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], {
      cwd: root,
    });
    expect(stdout.trim()).toBe("10");
  });
});

describe("bundle size", () => {
  it("the hook and its client load at most 14 kB at start and 72.4 kB with the first edit, gzipped", async () => {
    const { start, late } = await weigh(
      'export { useImageEdit, proxyTransport } from "@retouch/react-hooks";',
    );
    // Parameters of the client's errors, and their sentences for any audience, took 280 bytes of it and 1,900 later;
    // `data:` URIs, and blobs and events of jsdom and happy-dom, 900. Later also load: responses of any shape 5,000,
    // events of any shape 2,700, rate limits and redirects 600, names of other codings of JPEG and of
    // mistyped options 750, and, only for a JPEG or PNG without its end, 3,150. At the start, dialects take 300, bodies of
    // bytes over XHR 100, mistyped options 200, and more chunks 200; later, dialects 5,200, tasks 4,450, and chunks that
    // compress worse because they are shared. Edits as objects take 1,200 at the start, and durable sessions 1,000
    // there and 3,400 in a chunk that only a page with `storage` loads. The transport on XHR, 4,400, moved from
    // the start to the first edit; following and collecting jobs of a proxy takes 1,500 there.
    expect(start, `${start} B at start, ${late} B later`).toBeLessThanOrEqual(14_000);
    expect(late, `${start} B at start, ${late} B later`).toBeLessThanOrEqual(72_400);
    expect(Math.min(start, late), "a bundle that was measured").toBeGreaterThan(8_000);
  });

  it("all exports load at most 20 kB at start, gzipped", async () => {
    const { start } = await weigh('export * from "@retouch/react-hooks";');
    expect(start).toBeLessThanOrEqual(20_000);
    expect(start, "a bundle with the mask painter").toBeGreaterThan(13_000);
  });
});
