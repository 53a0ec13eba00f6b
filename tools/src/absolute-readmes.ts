import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { absoluteLinks, type LinkTarget } from "./release/absolute-links.ts";
import { repository } from "./release/manifest-facts.ts";

// `pnpm release` publishes READMEs whose links work outside the repository. In the repository they stay relative.
// An argument names the copy of the repository that is written; a rehearsal has one.
const root = join(import.meta.dirname, "../..");
const written = resolve(process.argv[2] ?? root);

function find(path: string): LinkTarget {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return stats.isFile() ? "file" : "directory";
}

for (const name of readdirSync(join(root, "packages"))) {
  const directory = `packages/${name}`;
  const text = readFileSync(join(root, directory, "README.md"), "utf8");
  writeFileSync(join(written, directory, "README.md"), absoluteLinks(text, directory, repository, find));
}
