import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import * as door from "./index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bundles an import as a page would, React left out, and weighs what is loaded at start and what may come later. */
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
  const loaded = [...(entry?.text ?? "").matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)].map(
    ([, name]) => name,
  );
  const weight = { start: 0, late: 0 };
  for (const { path, contents } of outputFiles) {
    const isAtStart = path === entry?.path || loaded.some((name) => path.endsWith(`/${name}`));
    weight[isAtStart ? "start" : "late"] += gzipSync(contents, { level: 9 }).length;
  }
  return weight;
}

describe("the front door", () => {
  it("has these names and no others", () => {
    expect(Object.keys(door).sort()).toEqual([
      "EditSession",
      "EditSessionProvider",
      "MaskPainter",
      "directTransport",
      "proxyTransport",
      "useEditSession",
      "useImageEdit",
      "useMask",
    ]);
  });

  it("says 'use client' first, once built, so that a server component may import it", async () => {
    expect((await readFile(`${root}dist/index.js`, "utf8")).split("\n")[0]).toBe('"use client";');
  });

  it("can be loaded, and its types named, where there is no page", async () => {
    const code = 'import("@retouch/react-hooks").then((door) => console.log(Object.keys(door).length))';
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], {
      cwd: root,
    });
    expect(stdout.trim()).toBe("8");
  });
});

describe("the weight beside React, gzipped", () => {
  it("is at most 13 kB at start for the hook and the client of the proxy; what an edit needs comes with it", async () => {
    const { start, late } = await weigh(
      'export { useImageEdit, proxyTransport } from "@retouch/react-hooks";',
    );
    expect(start, `${start} B at start, ${late} B later`).toBeLessThanOrEqual(13_000);
    expect(late, `${start} B at start, ${late} B later`).toBeLessThanOrEqual(34_000);
  });

  it("is at most 19 kB at start with the mask painter", async () => {
    const { start } = await weigh('export * from "@retouch/react-hooks";');
    expect(start).toBeLessThanOrEqual(19_000);
  });
});
