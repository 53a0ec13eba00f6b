import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { startMockServer } from "@retouch/mock/server";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { emitMock } from "../../tools/src/emit/emit-mock.ts";
import { emitMockValidator } from "../../tools/src/emit/emit-mock-validator.ts";
import { readPrices } from "../../tools/src/read/read-prices.ts";
import { readSpec } from "../../tools/src/read/read-spec.ts";
import { type LimitCase, limitCases } from "../src/limits/limit-cases.ts";
import { readFamilies } from "../src/limits/spec-limits.ts";
import { postBare } from "../src/support/post-bare.ts";
import { drawImage } from "../src/support/sample-images.ts";
import { listMutations, type Mutation } from "./mutate-spec.ts";

type Mock = { startMockServer: typeof startMockServer };

const specFile = new URL("../../spec/openapi.yaml", import.meta.url);
const mockDirectory = fileURLToPath(new URL("../../packages/mock/", import.meta.url));
/** Mutations without an effect: a form without an image is not an edit, whatever the spec says. */
const equivalent = [
  "EditFields image is no longer required",
  "CommonLimits.properties.image minItems becomes 0",
];
const page = new URL("../../docs/testing.md", import.meta.url);
let document: object;
let prices: string;
let directory: string;
let plain: Uint8Array;
let cases: LimitCase[];

beforeAll(async () => {
  document = parse(await readFile(specFile, "utf8"));
  prices = await readFile(new URL("../../spec/prices.yaml", import.meta.url), "utf8");
  // Inside the mock's directory, so that the bundle finds sharp.
  directory = await mkdtemp(join(mockDirectory, "node_modules", ".mutations-"));
  plain = await drawImage();
  cases = readFamilies(specFile).flatMap((family) =>
    (family.models.length > 0 ? family.models : ["acme-9"])
      .slice(0, 1)
      .flatMap((model) => limitCases(family, model)),
  );
});

afterAll(() => rm(directory, { recursive: true }));

/** Builds the mock with a changed spec and loads it. */
async function buildMock(changed: object, index: number): Promise<Mock> {
  const spec = readSpec(changed as never);
  const generated: Record<string, string> = {
    "spec.gen.ts": emitMock(spec, readPrices(prices, spec)),
    "validator.gen.ts": await emitMockValidator(spec),
  };
  const { outputFiles } = await build({
    entryPoints: [join(mockDirectory, "src/server.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    external: ["sharp"],
    plugins: [
      {
        name: "changed-spec",
        setup(setup) {
          setup.onLoad({ filter: /generated[\\/].*\.gen\.ts$/ }, ({ path }) => ({
            contents: generated[path.split(/[\\/]/).at(-1) ?? ""] ?? "",
            loader: "ts",
          }));
        },
      },
    ],
  });
  const file = join(directory, `mock-${index}.mjs`);
  await writeFile(file, outputFiles[0]?.contents ?? "");
  return (await import(pathToFileURL(file).href)) as Mock;
}

/** Runs the cases until one fails, those of the changed field first; returns its title. */
async function firstFailure(mock: Mock, field: string | undefined): Promise<string | undefined> {
  const server = await mock.startMockServer({ render: async () => plain });
  try {
    const near = cases.filter((one) => one.field === field);
    const far = cases.filter((one) => one.field !== field);
    for (const one of [...near, ...far]) {
      const params = {
        ...(one.model !== undefined && { model: one.model }),
        prompt: "Paint it",
        image: plain,
      };
      const seen = await postBare(server.url, { ...params, ...(await one.params()) });
      const isRight =
        one.verdict === "error" ? seen.status === 400 && seen.param === one.field : seen.status === 200;
      if (!isRight) return one.title;
    }
    return undefined;
  } finally {
    await server.close();
  }
}

async function outcome(mutation: Mutation, index: number): Promise<string | undefined> {
  let mock: Mock;
  try {
    mock = await buildMock(mutation.apply(document), index);
  } catch (error) {
    return `the generator: ${(error as Error).message}`;
  }
  return firstFailure(mock, mutation.field);
}

test("the suite passes for the unchanged mock", async () => {
  expect(await firstFailure(await buildMock(document, -1), undefined)).toBeUndefined();
});

test("every mutated limit makes the suite fail", async () => {
  const mutations = listMutations(document).filter(({ title }) => !equivalent.includes(title));
  expect(mutations.length).toBeGreaterThan(100);
  const survivors: string[] = [];
  for (const [index, mutation] of mutations.entries()) {
    if ((await outcome(mutation, index)) === undefined) survivors.push(mutation.title);
  }
  if (process.env["RETOUCH_WRITE_SCORE"]) await writeScore(mutations.length, survivors);
  expect(survivors).toEqual([]);
});

async function writeScore(count: number, survivors: readonly string[]): Promise<void> {
  const text = await readFile(page, "utf8");
  const score = `${count - survivors.length} of ${count} changes were caught.`;
  const list = survivors.length > 0 ? ` Not caught: ${survivors.join("; ")}.` : "";
  const end = "<!-- mutations: end -->";
  const start = "<!-- mutations: start -->";
  const before = text.slice(0, text.indexOf(start) + start.length);
  await writeFile(page, `${before}\n\n${score}${list}\n\n${text.slice(text.indexOf(end))}`);
}
