/**
 * Writes the guides that are packed with packages into their `dist/docs`: those of the packages that are named by their
 * directory, or of all. `prepack` runs it in the directory of a package.
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../markdown/source-file.ts";
import { guidesDirectory, guidesOf, makePackageGuides } from "./package-guides.ts";

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : Object.keys(guidesOf)) {
  const directory = path.join(root, "packages", name, guidesDirectory);
  const pages = makePackageGuides(name);
  // Two packs at once, as in tests, leave each other's files alone.
  for (const page of pages) {
    const file = path.join(directory, page.path);
    mkdirSync(path.dirname(file), { recursive: true });
    if (!existsSync(file) || readFileSync(file, "utf8") !== page.text) writeFileSync(file, page.text);
  }
  const known = new Set(pages.map((page) => page.path));
  for (const file of globSync("**/*.md", { cwd: directory }))
    if (!known.has(file.replaceAll("\\", "/"))) rmSync(path.join(directory, file));
}
