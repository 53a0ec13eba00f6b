import { cp } from "node:fs/promises";
import path from "node:path";
import { describe, expect } from "vitest";
import type { Project } from "../project.ts";
import { cell, expectImage, newProject, react, rehearsal } from "../rehearsal.ts";

const both = ["@retouch/client", "@retouch/react-hooks"];

/** Returns the installed version of each package, after npm found nothing missing or invalid. */
async function installedVersions(project: Project): Promise<(string | undefined)[]> {
  const listed = JSON.parse(await project.npm("ls", "--all", "--json")) as {
    dependencies: Record<string, { version: string }>;
  };
  return both.map((name) => listed.dependencies[name]?.version);
}

/** Defines the last cells: they publish the next version. */
export function upgradeCells(): void {
  describe("an upgrade from 0.1 to 0.2", () => {
    cell("0.1 to 0.2 of an app with client and hooks, with a lockfile and without", async (project) => {
      await project.copy("node");
      await project.install(...both.map((name) => `${name}@^0.1.0`), ...react);
      const { repository } = rehearsal();
      await repository.addChangeset("@retouch/client", "minor", "A new option.");
      const versions = await repository.release();
      // A change of the client alone raises all of them: what one needs of another is released with it.
      expect([...new Set(versions.values())]).toEqual(["0.2.0"]);

      const unlocked = await newProject("upgrade without a lockfile");
      for (const file of ["package.json", "edit.mjs"])
        await cp(path.join(project.directory, file), path.join(unlocked.directory, file));
      for (const app of [project, unlocked]) {
        await app.install();
        expect(await installedVersions(app)).toEqual(["0.1.0", "0.1.0"]);
        await app.npm("update");
        expect(await installedVersions(app)).toEqual(["0.1.0", "0.1.0"]);
        await app.install(...both.map((name) => `${name}@latest`));
        expect(await installedVersions(app)).toEqual(["0.2.0", "0.2.0"]);
        await app.node("edit.mjs");
        await expectImage(app);
      }
      await project.npm("ci");
      expect(await installedVersions(project)).toEqual(["0.2.0", "0.2.0"]);
    });

    cell("0.1 to 0.2 of the CLI", async (project) => {
      await project.install("@retouch/cli@0.1");
      await project.install("@retouch/cli@0.2");
      const edit = ["edit", "photo.png", "-m", "gpt-image-1", "-p", "x", "--mock"];
      await project.npm("exec", "--", "retouch", ...edit);
      await expectImage(project, "photo.edited.png");
    });
  });
}
