import { describe, expect } from "vitest";
import { runProcess } from "../../../src/support/run-process.ts";
import { cell, installNode, oldestNode } from "../rehearsal.ts";

const bin = "node_modules/@retouch/queue/dist/bin.js";

export function queueCells(): void {
  describe("@retouch/queue", () => {
    cell("the queue by npx", async (project) => {
      const argv = ["exec", "--yes", "--package=@retouch/queue", "--", "retouch-queue", "worker", "--help"];
      expect(await project.npm(...argv)).toContain("Send the rows of a queue from this machine.");
    });

    cell(`the queue on Node ${oldestNode}`, async (project) => {
      await project.install("@retouch/queue");
      const node = await installNode(project, oldestNode);
      const { directory: cwd, env } = project;
      // Nothing listens there, so BullMQ, ioredis and the CLI's code have been loaded when it ends.
      const argv = [bin, "status", "--redis", "redis://127.0.0.1:1"];
      const { code, stderr } = await runProcess(node, argv, { cwd, env });
      expect({ code, stderr }).toEqual({ code: 7, stderr: expect.stringContaining("redis://127.0.0.1:1") });
    });
  });
}
