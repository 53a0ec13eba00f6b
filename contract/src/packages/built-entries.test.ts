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
  "@retouch/client/server",
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

test("the built entry point for Node looks modules of Node up, because Node reads each export of an imported one", async () => {
  const file = fileURLToPath(import.meta.resolve("@retouch/client/node"));
  expect(await importsOf("@retouch/client/node")).toEqual(["openapi-fetch"]);
  expect(await readFile(file, "utf8")).not.toMatch(/\brequire\("node:/);
});

test("an error is of the same class in each entry point, although the one for Node is built by itself", async () => {
  const [page, node] = await Promise.all([import("@retouch/client"), import("@retouch/client/node")]);
  const names = Object.keys(page).filter((name) => /Error$/.test(name) && !name.startsWith("is"));
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) expect(Reflect.get(node, name), name).toBe(Reflect.get(page, name));
});
