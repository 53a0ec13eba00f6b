/**
 * Serves the site while it is written: `pnpm --filter retouch-site dev`. Changed pages, READMEs, definitions and
 * declarations are assembled again, and the browser follows.
 */
import { spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import path from "node:path";
import { createServer } from "vitepress";
import { assembled } from "./assemble.ts";
import { root } from "./markdown/source-file.ts";
import { siteRoot } from "./pages.ts";

/** What pages are made of. The declarations are those that `pnpm dev` builds. */
const watched = [
  path.join(siteRoot, "pages"),
  path.join(root, "docs"),
  ...["client", "react-hooks", "cli", "mock"].flatMap((name) => [
    path.join(root, "packages", name),
    path.join(root, "packages", name, "dist"),
  ]),
  path.join(root, "packages/cli/src/arguments"),
  path.join(root, "packages/cli/src/arguments/definitions"),
  path.join(root, "packages/client/src/errors"),
];
const isSource = (name: string): boolean => /\.md$|\.d\.ts$|codes\.ts$|^[\w-]+\.ts$/.test(name);

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
    if (name !== null && isSource(name) && !directory.startsWith(assembled)) void refresh();
  });
}
const server = await createServer(siteRoot, { host: "127.0.0.1" });
await server.listen();
console.log(`The site: ${server.resolvedUrls?.local[0]}`);
