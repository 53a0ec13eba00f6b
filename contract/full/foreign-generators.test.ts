import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type PackedDirectory, packPackages } from "./pack-packages.ts";

const spec = fileURLToPath(new URL("../../spec/openapi.yaml", import.meta.url));
let directory: PackedDirectory;

/** Generators of others, the versions that were tried. They need Node 22.18. */
const packages = [
  "@hey-api/openapi-ts@0.99.0",
  "orval@8.38.0",
  "zod@4",
  "typescript@5.9",
  "@types/node@24",
] as const;

/**
 * What each generator makes: a client, and zod schemas that check requests. Of a body with several content types, orval's
 * zod reads JSON alone, whatever their order and its `override.contentType` are. Its `generateReusableSchemas` makes a
 * schema of each component, with those of the form.
 */
const generators = [
  {
    name: "@hey-api/openapi-ts",
    config: "openapi-ts.config.ts",
    text: `export default {
  input: "openapi.yaml",
  output: "hey-api",
  plugins: ["@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch", "zod"],
};
`,
    argv: ["openapi-ts", "-f", "openapi-ts.config.ts"],
    schemas: "hey-api/zod.gen.ts",
    operation: ["hey-api/sdk.gen.ts", "export const createImageEdit"],
    edit: "zDallE2Edit",
    bytes: '"bytes"',
  },
  {
    name: "orval",
    config: "orval.config.mjs",
    text: `const input = "./openapi.yaml";
export default {
  client: { input, output: { target: "./orval/client.ts", client: "fetch" } },
  zod: {
    input,
    output: {
      target: "./orval/zod.ts",
      client: "zod",
      override: { zod: { generateReusableSchemas: true } },
    },
  },
};
`,
    argv: ["orval", "--config", "orval.config.mjs"],
    schemas: "orval/zod.ts",
    operation: ["orval/client.ts", "export const createImageEdit"],
    edit: "DallE2Edit",
    bytes: 'new Blob(["bytes"])',
  },
] as const;

beforeAll(async () => {
  directory = await packPackages([]);
  await copyFile(spec, path.join(directory.path, "openapi.yaml"));
  await writeFile(
    path.join(directory.path, "package.json"),
    JSON.stringify({ private: true, type: "module" }),
  );
  await directory.install(packages);
});

afterAll(() => directory.remove());

describe.each(generators)("$name", ({ config, text, argv, schemas, operation, edit, bytes }) => {
  const read = (file: string) => readFile(path.join(directory.path, file), "utf8");

  test("makes a client that compiles in strict mode", async () => {
    await writeFile(path.join(directory.path, config), text);
    const [bin, ...rest] = argv;
    await directory.run(process.execPath, [await binOf(bin), ...rest]);
    const [file, declaration] = operation;
    expect(await read(file)).toContain(declaration);
    const compilerOptions = {
      ...{ strict: true, noEmit: true, target: "ES2022", module: "ESNext", moduleResolution: "Bundler" },
      ...{ lib: ["ES2023", "DOM", "DOM.Iterable"], types: ["node"], skipLibCheck: true },
    };
    const folder = path.dirname(file);
    await writeFile(
      path.join(directory.path, `tsconfig.${folder}.json`),
      JSON.stringify({ compilerOptions, include: [folder] }),
    );
    const tsc = path.join(directory.path, "node_modules/typescript/bin/tsc");
    expect(await directory.run(process.execPath, [tsc, "-p", `tsconfig.${folder}.json`])).toBe("");
  });

  test("keeps every limit of the spec", async () => {
    const made = await read(schemas);
    const limits = limitsIn(parse(await readFile(spec, "utf8")).components.schemas);
    expect(limits.size).toBeGreaterThan(6);
    for (const limit of limits) expect(made).toMatch(new RegExp(`\\b${limit}\\b`));
  });

  test("makes zod schemas that hold a model to its limits", async () => {
    const script = `import * as made from "./${schemas}";
const bytes = ${bytes};
const edit = { model: "dall-e-2", image: [bytes], prompt: "a hat" };
const accepts = (change) => made.${edit}.safeParse({ ...edit, ...change }).success;
console.log(JSON.stringify([
  accepts({}),
  accepts({ prompt: "x".repeat(1000), n: 10, size: "256x256" }),
  accepts({ prompt: "" }),
  accepts({ prompt: "x".repeat(1001) }),
  accepts({ image: [bytes, bytes] }),
  accepts({ n: 11 }),
  accepts({ size: "1792x1024" }),
  made.${edit}.parse(edit).size ?? "no size",
]));
`;
    await writeFile(path.join(directory.path, "check.mjs"), script);
    const said = await directory.run(process.execPath, ["check.mjs"]);
    expect(JSON.parse(said)).toEqual([true, true, false, false, false, false, false, "no size"]);
  });
});

/** Returns the numbers of every limit in plain JSON Schema, those of conditions (`not`) aside. */
function limitsIn(schema: unknown): Set<number> {
  const found = new Set<number>();
  const keywords = ["minLength", "maxLength", "maximum", "maxItems"];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (keywords.includes(key) && typeof value === "number") found.add(value);
      if (key !== "not" && key !== "x-retouch") visit(value);
    }
  };
  visit(schema);
  return found;
}

async function binOf(name: string): Promise<string> {
  const packageName = name === "orval" ? "orval" : "@hey-api/openapi-ts";
  const folder = path.join(directory.path, "node_modules", packageName);
  const { bin } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  return path.join(folder, typeof bin === "string" ? bin : bin[name]);
}
