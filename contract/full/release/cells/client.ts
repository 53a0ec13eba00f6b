import { describe } from "vitest";
import { runtimeBinary } from "../../../src/runtimes/runtime-binaries.ts";
import type { Project } from "../project.ts";
import { cell, expectImage, installNode, oldestNode } from "../rehearsal.ts";

const deno = ["run", "--allow-all", "--node-modules-dir=manual"];

/** An edit by the client on each runtime, in ES modules and CommonJS. */
const runs: readonly (readonly [string, (project: Project) => Promise<unknown>])[] = [
  ["import on this Node", (project) => project.node("edit.mjs")],
  [
    `import on Node ${oldestNode}`,
    async (project) => project.run(await installNode(project, oldestNode), "edit.mjs"),
  ],
  ["require on this Node", (project) => project.node("edit.cjs")],
  [
    `require on Node ${oldestNode}`,
    async (project) => project.run(await installNode(project, oldestNode), "--no-warnings", "edit.cjs"),
  ],
  ["import on Bun", (project) => project.run(runtimeBinary("bun"), "run", "edit.mjs")],
  ["import on Deno", (project) => project.run(runtimeBinary("deno"), ...deno, "edit.mjs")],
];

export function clientCells(): void {
  describe("@retouch/client on a server", () => {
    for (const [title, run] of runs) {
      cell(title, async (project) => {
        await project.copy("node");
        await project.install("@retouch/client");
        await run(project);
        await expectImage(project);
      });
    }
  });
}
