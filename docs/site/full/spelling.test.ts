import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { runProcess } from "../../../contract/src/support/run-process.ts";
import { root } from "../src/markdown/source-file.ts";
import { siteRoot } from "../src/pages.ts";

/** Returns the words of the built pages that no dictionary has. */
async function findUnknownWords(): Promise<string[]> {
  const flags = ["--no-progress", "--no-summary", "--words-only", "--unique", "--dot"];
  const cspell = path.join(siteRoot, "node_modules/cspell/bin.mjs");
  const { stdout } = await runProcess(process.execPath, [cspell, "lint", ...flags], { cwd: siteRoot });
  return stdout.split("\n").filter(Boolean);
}

it("has no word on a page that neither a dictionary nor the spec has", async () => {
  const spec = globSync("spec/**/*.yaml", { cwd: root })
    .map((file) => readFileSync(path.join(root, file), "utf8").toLowerCase())
    .join("\n");
  const unknown = await findUnknownWords();
  // Names of servers and models: without them, nothing was checked.
  expect(unknown.length).toBeGreaterThan(5);
  expect(unknown.filter((word) => !spec.includes(word.toLowerCase()))).toEqual([]);
});
