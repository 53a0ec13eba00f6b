import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const entries = [
  "@retouch/client",
  "@retouch/client/browser",
  "@retouch/client/api",
  "@retouch/client/messages",
  "@retouch/client/models",
  "@retouch/client/mask",
  "@retouch/client/composite",
  "@retouch/client/testing",
];

/** Follows an entry point's imports through the built files, including dynamic ones, and returns those that are not files. */
async function foreignImports(file: string, seen = new Set<string>()): Promise<Set<string>> {
  const foreign = new Set<string>();
  if (seen.has(file)) return foreign;
  seen.add(file);
  const code = await readFile(file, "utf8");
  for (const [, path = ""] of code.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
    if (!path.startsWith(".")) foreign.add(path);
    else for (const one of await foreignImports(resolve(dirname(file), path), seen)) foreign.add(one);
  }
  return foreign;
}

const importsOf = async (entry: string) =>
  [...(await foreignImports(fileURLToPath(import.meta.resolve(entry))))].sort();

test.each(entries)("the built %s imports nothing from Node", async (entry) => {
  expect((await importsOf(entry)).filter((path) => path !== "openapi-fetch")).toEqual([]);
});

test("the check also follows the built client's dynamic imports", async () => {
  expect(await importsOf("@retouch/client")).toEqual(["openapi-fetch"]);
});

test("the built entry point for Node imports from Node, with the `node:` prefix", async () => {
  const imports = await importsOf("@retouch/client/node");
  expect(imports).toContain("node:fs");
  expect(imports.filter((path) => path !== "openapi-fetch" && !path.startsWith("node:"))).toEqual([]);
});
