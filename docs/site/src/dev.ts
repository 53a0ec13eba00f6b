/**
 * Serves the site while it is written: `pnpm --filter retouch-site dev`. Changed pages, READMEs, definitions and
 * declarations are assembled again, and the browser follows.
 */
import { spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import path from "node:path";
import { createServer } from "vitepress";
import { siteRoot } from "./pages.ts";
import { isSource, watched } from "./watched.ts";

/** Assembles in a process of its own: definitions that were imported once are not read again. */
function assemble(): Promise<void> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "assemble-site.ts")], {
    stdio: "inherit",
  });
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

let isRunning = false;
let isStale = false;
async function refresh(): Promise<void> {
  isStale = true;
  if (isRunning) return;
  isRunning = true;
  while (isStale) {
    isStale = false;
    await assemble();
  }
  isRunning = false;
}

await assemble();
for (const directory of watched.filter(existsSync)) {
  const recursive = directory.startsWith(path.join(siteRoot, "pages"));
  watch(directory, { recursive }, (_, name) => {
    if (name !== null && isSource.test(name)) void refresh();
  });
}
const server = await createServer(siteRoot, { host: "127.0.0.1" });
await server.listen();
console.log(`The site: ${server.resolvedUrls?.local[0]}`);
