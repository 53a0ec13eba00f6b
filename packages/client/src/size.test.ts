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

/**
 * The bytes of gzip that each feature added to one edit in a page, in the order in which they came, measured before and
 * after by `node bench/src/weigh-commits.ts`. A feature that comes is added here by name.
 */
const features = {
  "every form of the key, and upstream's hosts, kept off a page": 996,
  "keys of another vendor rejected at the default server": 581,
  "result URLs checked as strictly as input URLs": 536,
  "gpt-image-2.5 and 2.6, snapshots, gif and svg": 852,
  "the list of codes": 173,
  "`markup`, files in `extra`, nested fields, notices of shutdowns": 907,
  "parameters of every problem and failure, sentences for the names of any audience": 1_965,
  "events of any shape, loaded with the first stream": 3_559,
  "responses of any shape, readable without the network once billed": 4_974,
  "rate limits without `retry-after`, targets of redirects, long texts in linear time": 466,
  "JPEG and PNG without an end (loaded for such a file), `data:` URIs, jsdom and happy-dom": 3_642,
  "dialects, presets, hints for options of other SDKs": 5_106,
  "tasks, JSON bodies, images by URL or id; three of their four chunks load only where they are used": 6_251,
  "surroundings of a simulation": 97,
  "rare codings of JPEG, their standard tables, relative URLs": 679,
  "tasks in the image-edit proxy": 77,
  "mistyped options of one call refused": 434,
  "foreign data in linear time": 171,
  "one abort listener for all chunks of a response": 23,
  "hints for every option of OpenAI's SDK, what to do about a proxy that is missing or refuses": 770,
  "receiving the response of a job of a proxy": 160,
  "reading what arrived while the process was stopped": 110,
  "small edits in fewer chunks, promises and random numbers": 334,
  "base64 decoded straight into the memory of its image, other work between copies of large ones": 276,
  "small edits in memory: a form in two arrays, a response in one piece, no work for what is not asked for": 1_017,
  "memory of an edit that is free once it has ended, less computed for nothing": 90,
};

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

  it("starts with at most 5,250 bytes of gzip, and loads at most 62,600 in all", async () => {
    const { start, all, externals } = await bundle(
      'import { createImageClient } from "./index.ts"; globalThis.edit = (o, p) => createImageClient(o).edit(p);',
    );
    expect(start).toBeGreaterThan(1_000);
    // The names of the late chunks contain hashes, so any change of theirs moves it by a few bytes.
    expect(start).toBeLessThanOrEqual(5_250);
    // What checks, sends and reads is loaded late, before anything is sent; this limit keeps it from growing unnoticed.
    expect(all).toBeLessThanOrEqual(62_600);
    const named = Object.values(features).reduce((sum, bytes) => sum + bytes, 0);
    expect(all - named, "the edit itself, without the features that are named").toBeLessThanOrEqual(31_000);
    expect(externals).toEqual([]);
  });

  it("weighs at most 8,000 bytes of gzip as the plain API client", async () => {
    const { start, all, externals } = await bundle(
      'import { createApiClient } from "./api/index.ts"; globalThis.create = createApiClient;',
    );
    expect(start).toBeGreaterThan(1_000);
    // Base URLs without a version, and names of dialects, took 450 bytes of it.
    expect(start).toBeLessThanOrEqual(8_000);
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
