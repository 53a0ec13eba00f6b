import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

/** The gzipped bytes of a bundle. */
interface Weight {
  /** The entry with all static imports. */
  readonly start: number;
  /** The start, and what an edit without masks, streams and presets loads. */
  readonly edit: number;
  /** All that it may load. */
  readonly all: number;
  readonly externals: string[];
}

/** Bundles code for a page. */
async function bundle(code: string, { splitting = true } = {}): Promise<Weight> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname, loader: "ts", sourcefile: "page.ts" },
    bundle: true,
    minify: true,
    splitting,
    format: "esm",
    platform: "browser",
    target: "es2022",
    outdir: "out",
    metafile: true,
    write: false,
  });
  const sizes = new Map(outputFiles.map(({ path, contents }) => [basename(path), gzipSync(contents).length]));
  const entry =
    Object.keys(metafile.outputs).find((name) => metafile.outputs[name]?.entryPoint?.endsWith("page.ts")) ??
    "";
  const loaded = new Set<string>();
  const visit = (name: string): void => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const { path, kind } of metafile.outputs[name]?.imports ?? [])
      if (kind === "import-statement") visit(path);
  };
  const sum = (names: Iterable<string>): number =>
    [...names].reduce((total, name) => total + (sizes.get(basename(name)) ?? 0), 0);
  const externals = Object.keys(metafile.inputs).filter((name) => /\bnode:/.test(name));
  visit(entry);
  const start = sum(loaded);
  for (const name of Object.keys(metafile.outputs)) if (basename(name).startsWith("run-edit-")) visit(name);
  return { start, edit: sum(loaded), all: sum(sizes.keys()), externals };
}

describe("one edit in a page", () => {
  it("weighs what the READMEs say", async () => {
    const { start, edit } = await bundle(
      'import { createImageClient } from "./index.ts"; globalThis.edit = (o, p) => createImageClient(o).edit(p);',
    );
    const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");
    const atStart = `${(start / 1000).toFixed(1)} kB`;
    const withEdit = `${(edit / 1000).toFixed(0)} kB`;
    expect(await read("../../../README.md")).toContain(
      `${atStart} at start, ${withEdit} with the first edit`,
    );
    expect(await read("../README.md")).toContain(`a page starts with ${atStart} of gzip`);
  });

  it("starts with at most 5,250 bytes of gzip, and loads at most 62,900 in all", async () => {
    const { start, all, externals } = await bundle(
      'import { createImageClient } from "./index.ts"; globalThis.edit = (o, p) => createImageClient(o).edit(p);',
    );
    expect(start).toBeGreaterThan(1_000);
    // Parameters of `ConfigurationError`, and its sentences for the names of any audience, took 270 bytes of it; names of
    // dialects, pasted endpoints and hints for the options of other SDKs 300, `onTask` and `taskId` 25.
    expect(start).toBeLessThanOrEqual(5_250);
    // What checks, sends and reads is loaded late, before anything is sent; this limit keeps it from growing unnoticed.
    // `markup`, files in `extra`, nested fields and shutdown notices took 300 bytes of it,
    // parameters of every problem and failure, and their sentences for the names of any audience, 1,900,
    // events of any shape, loaded with the first stream, 2,700, rate limits without `retry-after` and redirects 600,
    // responses of any shape, which must be readable without the network once billed, 5,000, and searching long prompts
    // in linear time 500. Whether a JPEG or PNG without its end has all pixels takes 2,300, which load only for such a
    // file; `data:` URIs take 400, blobs, signals and events of jsdom and happy-dom 300, warnings about images 200.
    // Dialects take 5,200: half of it for the presets and the JSON body, which load only where they are used. Polling takes
    // 3,500, which load only with `dialect.task`, recognizing a task 700, messages about tasks and those of a proxy 250,
    // and what both share has chunks of its own, which compress 1,700 worse. Checking the name of the key's header takes 30.
    // The standard tables of MJPEG, which load only for a JPEG without its end, take 450, and naming other codings of
    // JPEG 400. Refusing mistyped options of one call takes 360. SVG roots and nested JSON in linear time take 120, and one
    // listener for all chunks of a response 20. Reading what arrived while the process was stopped takes 110.
    expect(all).toBeLessThanOrEqual(62_900);
    expect(externals).toEqual([]);
  });

  it("weighs at most 7,900 bytes of gzip as the plain API client", async () => {
    const { start, all, externals } = await bundle(
      'import { createApiClient } from "./api/index.ts"; globalThis.create = createApiClient;',
    );
    expect(start).toBeGreaterThan(1_000);
    // Base URLs without a version, and names of dialects, took 450 bytes of it.
    expect(start).toBeLessThanOrEqual(7_900);
    expect(all).toBe(start);
    expect(externals).toEqual([]);
  });

  it("a page that only imports a guard gets at most 1,000 bytes of gzip", async () => {
    // Without splitting: a chunk that esbuild splits off also holds unused code that shares it.
    const { start } = await bundle(
      'import { isRetouchError } from "./index.ts"; globalThis.check = isRetouchError;',
      { splitting: false },
    );
    expect(start).toBeGreaterThan(0);
    expect(start).toBeLessThanOrEqual(1_000);
  });
});
