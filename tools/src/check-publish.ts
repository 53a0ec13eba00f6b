import { join } from "node:path";
import { emitManifests } from "./emit-manifests.ts";
import { repository } from "./manifest-facts.ts";
import { publishProblem } from "./publish-problem.ts";
import { findStale } from "./write-outputs.ts";

const root = join(import.meta.dirname, "../..");
const stale = await findStale(root, await emitManifests(root));
const problem = publishProblem(repository, stale, process.env);
if (problem !== undefined) {
  console.error(`Nothing is published. ${problem}`);
  process.exitCode = 1;
}
