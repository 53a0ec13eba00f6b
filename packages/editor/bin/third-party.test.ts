import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { licensesOf } from "../bundled-licenses.ts";

/** Reads the packages that a file of the package names, each with its license. */
async function listed(name: string): Promise<string[]> {
  const text = await readFile(new URL(`../dist/third-party-${name}.txt`, import.meta.url), "utf8");
  return text.split("\n---\n\n").map((part) => {
    const [, found = "", license = ""] = /^(\S+) [\d.]+\n\n([\s\S]+)$/.exec(part) ?? [];
    expect(license, found).toMatch(/MIT License|ISC License|Permission is hereby granted/);
    return found;
  });
}

it("the packages that the page and the command bundle are named with their licenses", async () => {
  expect(await listed("bin")).toEqual(["commander"]);
  expect(await listed("page")).toEqual(expect.arrayContaining(["react", "react-dom", "scheduler"]));
});

it("a module outside a package needs no license", () => {
  expect([...licensesOf(["src/main.tsx", "\0vite/preload-helper.js", "/x/node_modules/none/a.js"])]).toEqual(
    [],
  );
});
