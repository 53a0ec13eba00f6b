import path from "node:path";
import { describe, expect } from "vitest";
import { npm } from "../../pack-packages.ts";
import { editInPage, startEditor } from "../../start-editor.ts";
import { cell, installNode, key, oldestNode, rehearsal } from "../rehearsal.ts";

const bin = "node_modules/@retouch/editor/dist/bin.js";

export function editorCells(): void {
  describe("@retouch/editor", () => {
    cell("the editor by npx, against the mock", async ({ directory: cwd, env }) => {
      const argv = ["exec", "--yes", "--", "@retouch/editor", "photo.png", "--mock", "--no-open"];
      const editor = await startEditor([npm[0], ...npm.slice(1), ...argv], { cwd, env });
      try {
        await editInPage(rehearsal().browser, editor.link, rehearsal().photo);
      } finally {
        await editor.stop();
      }
    });

    cell(`the editor on Node ${oldestNode}, against a server with a key`, async (project) => {
      await project.install("@retouch/editor");
      const node = await installNode(project, oldestNode);
      const command = [node, path.join(project.directory, bin), "--no-open"] as const;
      const { directory: cwd, env } = project;
      const editor = await startEditor(command, { cwd, env });
      try {
        const html = await editInPage(rehearsal().browser, editor.link, rehearsal().photo);
        expect(html).not.toContain(key);
      } finally {
        await editor.stop();
      }
    });
  });
}
