import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect } from "vitest";
import { cell, installNode, oldestNode, react } from "../rehearsal.ts";

const libraries = ["client", "mock", "react-hooks"].map((name) => `@retouch/${name}`);
const packages = ["@retouch/cli", "@retouch/editor", "@retouch/queue", ...libraries];

export function packageCells(): void {
  describe("a published package", () => {
    cell("each package contains its license, changelog and a README with absolute links", async (project) => {
      await project.install(...packages, ...react);
      for (const name of packages) {
        const read = (file: string): Promise<string> =>
          readFile(path.join(project.directory, "node_modules", name, file), "utf8");
        expect(await read("LICENSE")).toMatch(/^MIT License/);
        expect(await read("CHANGELOG.md")).toMatch(/^## 0\.1\.0$/m);
        const readme = await read("README.md");
        expect(readme).toContain(`# ${name}\n`);
        // Links to sections work on any page; others, and images, must be absolute. Code has no links.
        const links = readme
          .replace(/^```.*?^```/gms, "")
          .matchAll(/(?:\]\(|\b(?:src|href|srcset)=")([^\s)"]+)/g);
        expect(
          [...links].map(([, link]) => link).filter((link) => !/^(?:#|https:\/\/)/.test(link ?? "")),
        ).toEqual([]);
      }
    });

    cell(`every entry point by import and require, on this Node and ${oldestNode}`, async (project) => {
      await project.copy("all");
      // Its version 3 needs a newer Node than ours.
      await project.install(...libraries, ...react, "msw@2");
      const node = await installNode(project, oldestNode);
      const loaded = await project.node("entries.mjs", ...libraries);
      expect(loaded.split("\n")).toContain("@retouch/client/node");
      expect(await project.node("entries.cjs", ...libraries)).toBe(loaded);
      expect(await project.run(node, "entries.mjs", ...libraries)).toBe(loaded);
      expect(await project.run(node, "--no-warnings", "entries.cjs", ...libraries)).toBe(loaded);
    });
  });
}
