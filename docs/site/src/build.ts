/** Builds the site into `dist`: pages, search, each page as `.md`, `llms.txt`. Fails on a broken link or anchor. */
import { cpSync } from "node:fs";
import path from "node:path";
import { build } from "vitepress";
import { assembled, assemblePages, removeAssembled, writeAssembled } from "./assemble.ts";
import { findBrokenLinks } from "./find-broken-links.ts";
import { makeReference, readWrittenPages, siteRoot } from "./pages.ts";
import { writeTextPages } from "./write-text-pages.ts";

const dist = path.join(siteRoot, "dist");

removeAssembled();
const { pages, images } = assemblePages([...readWrittenPages(), ...(await makeReference())]);
writeAssembled(pages, images);
cpSync(path.join(siteRoot, "public"), path.join(assembled, "public"), { recursive: true });
await build(siteRoot);
writeTextPages(pages, dist);
const broken = findBrokenLinks(dist);
for (const { page, target, reason } of broken) console.error(`${page}: ${target} ${reason}`);
console.log(`${pages.length} pages in ${dist}`);
if (broken.length > 0) {
  console.error(`${broken.length} link(s) lead nowhere.`);
  process.exitCode = 1;
}
