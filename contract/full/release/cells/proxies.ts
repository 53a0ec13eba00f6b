import path from "node:path";
import { build } from "esbuild";
import { describe, expect } from "vitest";
import type { Project } from "../project.ts";
import { cell, readmeCode, rehearsal } from "../rehearsal.ts";
import { freePort, startServer } from "../servers.ts";

/** Writes code of the README as a module. Its import of `./session` has no extension, as in a bundled project. */
async function bundleReadmeCode(project: Project, name: string, mark: RegExp): Promise<void> {
  await project.write(`${name}.ts`, readmeCode("react-hooks", mark));
  await build({
    entryPoints: [path.join(project.directory, `${name}.ts`)],
    outfile: path.join(project.directory, `${name}.mjs`),
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    logLevel: "error",
  });
}

/** A framework: its name, what it needs, the script that runs it, and how its code is found. */
type Framework = readonly [string, readonly string[], string, (project: Project) => Promise<void>];

const frameworks: readonly Framework[] = [
  [
    "the proxy in Express 5",
    ["express@5"],
    "express.mjs",
    (project) => bundleReadmeCode(project, "express", /toNodeListener\(handler\)/),
  ],
  [
    "the proxy in Hono 4",
    ["hono@4", "@hono/node-server@1"],
    "run-hono.mjs",
    (project) => bundleReadmeCode(project, "hono", /new Hono\(\)/),
  ],
  ["the proxy in Fastify 5", ["fastify@5"], "fastify.mjs", async () => undefined],
];

export function proxyCells(): void {
  describe("the image-edit proxy", () => {
    for (const [title, packages, script, write] of frameworks) {
      cell(title, async (project) => {
        await project.copy("servers");
        await project.install("@retouch/client", ...packages);
        await write(project);
        const server = await startServer(project, [script], await freePort());
        try {
          await expectProxied(`${server.url}/api/image-edit`);
        } finally {
          await server.stop();
        }
      });
    }
  });
}

/** Edits through a proxy: anonymously, which it refuses, and signed in. */
async function expectProxied(url: string): Promise<void> {
  const form = new FormData();
  form.append("model", "gpt-image-1");
  form.append("prompt", "Make it night");
  form.append("image", new Blob([new Uint8Array(rehearsal().photo)]), "photo.png");
  expect((await fetch(url, { method: "POST", body: form })).status).toBe(401);
  const response = await fetch(url, { method: "POST", body: form, headers: { cookie: "session=1" } });
  expect(await response.json()).toMatchObject({ data: [{ b64_json: expect.stringMatching(/^iVBOR/) }] });
}
