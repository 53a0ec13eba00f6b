import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe } from "vitest";
import type { Project } from "../project.ts";
import { cell, newProject, react } from "../rehearsal.ts";

const consumer = fileURLToPath(new URL("../../../consumer", import.meta.url));
const packages = ["client", "mock", "react-hooks"].map((name) => `@retouch/${name}`);
const types = ["@types/node@24", "@types/react@19", "@types/react-dom@19"];

/** The compilers, oldest first, and an msw whose own declarations they read. */
const compilers = [
  ["5.5", "msw@2"],
  ["5.9", "msw@3"],
  ["6.0", "msw@3"],
  ["7.0", "msw@3"],
] as const;

/** Compilers before 5.8 have no `require` of ES modules. */
const older = { extends: "./tsconfig.nodenext.json", files: ["server.ts", "dynamic.cts"] };

export function declarationCells(): void {
  describe.each(compilers)("declarations under TypeScript %s", (version, msw) => {
    let project: Project;
    beforeAll(async () => {
      project = await newProject(`declarations ${version}`);
      await project.install(...packages, ...react, msw, ...types, `typescript@${version}`);
      for (const file of ["common.cts", "dynamic.cts", "page.ts", "server.ts"])
        await project.write(file, await readFile(path.join(consumer, file), "utf8"));
      for (const name of ["node16", "nodenext", "page"]) {
        const file = `tsconfig.${name}.json`;
        await project.write(file, await readFile(path.join(consumer, file), "utf8"));
      }
      await project.write("tsconfig.older.json", JSON.stringify(older));
    }, 600_000);
    for (const [resolution, name] of [
      ["node16", "node16"],
      ["nodenext", version === "5.5" ? "older" : "nodenext"],
      ["bundler", "page"],
    ] as const) {
      cell(`TypeScript ${version}, ${resolution}`, async () => {
        await project.node("node_modules/typescript/bin/tsc", "-p", `tsconfig.${name}.json`);
      });
    }
  });
}
