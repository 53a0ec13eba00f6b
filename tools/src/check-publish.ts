import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findStale } from "./generate/write-outputs.ts";
import { relativeLinks } from "./release/absolute-links.ts";
import { emitManifests } from "./release/emit-manifests.ts";
import { repository } from "./release/manifest-facts.ts";
import { publishProblem } from "./release/publish-problem.ts";

const root = join(import.meta.dirname, "../..");
const stale = await findStale(root, await emitManifests(root));
// In the directory of a package, this runs right before its upload.
const links = process.cwd() === root ? [] : relativeLinks(await readFile("README.md", "utf8"));
const problem = publishProblem(repository, stale, links, process.env);
if (problem !== undefined) {
  console.error(`Nothing is published. ${problem}`);
  process.exitCode = 1;
}
