/** Assembles all pages into `out`, where VitePress reads them. A page that is not right is named, and the rest stays. */
import { cpSync } from "node:fs";
import path from "node:path";
import { assembled, assemblePages, writeAssembled } from "./assemble.ts";
import { makeReference, readWrittenPages, siteRoot } from "./pages.ts";

try {
  const { pages, images } = assemblePages([...readWrittenPages(), ...(await makeReference())]);
  writeAssembled(pages, images);
  cpSync(path.join(siteRoot, "public"), path.join(assembled, "public"), { recursive: true });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
