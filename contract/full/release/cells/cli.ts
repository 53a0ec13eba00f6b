import path from "node:path";
import { describe, expect } from "vitest";
import { runProcess } from "../../../src/support/run-process.ts";
import { cell, expectImage, installNode, oldestNode } from "../rehearsal.ts";

const edit = ["edit", "photo.png", "-m", "gpt-image-1", "-p", "make it dusk", "--mock"];
const bin = "node_modules/@retouch/cli/dist/bin.js";

export function cliCells(): void {
  describe("@retouch/cli", () => {
    cell("the CLI by npx", async (project) => {
      await project.npm("exec", "--yes", "--", "@retouch/cli", ...edit);
      await expectImage(project, "photo.edited.png");
    });

    cell("the CLI by npm install --global", async (project) => {
      const prefix = path.join(project.directory, "prefix");
      await project.npm("install", "--global", "--prefix", prefix, "@retouch/cli");
      // Windows can only start `retouch.cmd` in a shell.
      if (process.platform === "win32") await project.node(path.join(prefix, bin), ...edit);
      else await project.run(path.join(prefix, "bin/retouch"), ...edit);
      await expectImage(project, "photo.edited.png");
    });

    cell("the CLI by pnpm dlx", async (project) => {
      const pnpm = process.env["npm_execpath"] ?? "pnpm";
      const [command, ...argv] = /\.c?js$/.test(pnpm) ? [process.execPath, pnpm] : [pnpm];
      await project.run(command ?? "pnpm", ...argv, "dlx", "@retouch/cli", ...edit);
      await expectImage(project, "photo.edited.png");
    });

    cell(`the CLI on Node ${oldestNode}`, async (project) => {
      await project.install("@retouch/cli");
      const node = await installNode(project, oldestNode);
      await project.run(node, bin, ...edit);
      await expectImage(project, "photo.edited.png");
    });

    cell("the CLI refuses Node 18", async (project) => {
      await project.install("@retouch/cli");
      const node = await installNode(project, "18.20.8");
      const { directory: cwd, env } = project;
      const ended = await runProcess(node, [bin, ...edit], { cwd, env });
      const { code, stderr } = ended;
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringMatching(
          /^error: retouch needs Node \d+\.\d+ or later, and this is Node 18\.20\.8\./,
        ),
      });
    });
  });
}
