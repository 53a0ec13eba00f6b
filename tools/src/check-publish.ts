import { join } from "node:path";
import { findStale } from "./generate/write-outputs.ts";
import { emitManifests } from "./release/emit-manifests.ts";
import { repository } from "./release/manifest-facts.ts";
import { publishProblem } from "./release/publish-problem.ts";

const root = join(import.meta.dirname, "../..");
const stale = await findStale(root, await emitManifests(root));
const problem = publishProblem(repository, stale, process.env);
if (problem !== undefined) {
  console.error(`Nothing is published. ${problem}`);
  process.exitCode = 1;
}
