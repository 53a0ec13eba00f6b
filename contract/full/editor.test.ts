import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../src/runtimes/launch-chromium.ts";
import { drawImage } from "../src/support/sample-images.ts";
import { npm, type PackedDirectory, packPackages } from "./pack-packages.ts";
import { editInPage, startEditor } from "./start-editor.ts";

let directory: PackedDirectory;
let browser: Browser;

beforeAll(async () => {
  [directory, browser] = await Promise.all([packPackages(["client", "mock", "editor"]), launchChromium()]);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await directory?.remove();
});

// The table is the measurement: the page is promised within 3 s once npm has what it needs. The first start downloads
// sharp, and npm reads tarballs again at each start, which it does not with packages of a registry.
test("npx of the packed editor opens its page in an empty directory, and edits against the mock", async () => {
  const cwd = path.join(directory.path, "empty");
  await mkdir(cwd);
  const packages = directory.tarballs.flatMap((tarball) => ["--package", tarball]);
  const photo = await drawImage("png", 96, 64);
  const rows: { start: string; seconds: string }[] = [];
  const run = async (start: string, argv: readonly string[]): Promise<void> => {
    const begun = performance.now();
    const command = [npm[0], ...npm.slice(1), "exec", "--yes", ...argv, "--mock", "--no-open"] as const;
    const editor = await startEditor(command, { cwd, env: directory.env });
    try {
      expect((await fetch(new URL(editor.link).origin)).status).toBe(403);
      rows.push({ start, seconds: ((performance.now() - begun) / 1000).toFixed(1) });
      expect(await editInPage(browser, editor.link, photo)).toContain('id="root"');
    } finally {
      await editor.stop();
    }
  };
  await run("npx, with the download", [...packages, "--", "retouch-editor"]);
  await run("npx again", [...packages, "--", "retouch-editor"]);
  await directory.run(
    npm[0],
    [...npm.slice(1), "install", "--no-audit", "--no-fund", ...directory.tarballs],
    cwd,
  );
  await run("npx of the installed package", ["--", "retouch-editor"]);
  console.table(rows);
});
