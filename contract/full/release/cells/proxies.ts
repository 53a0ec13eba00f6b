import { describe, expect } from "vitest";
import { freePort } from "../../../../tools/free-port.ts";
import { cell, readmeCode, rehearsal } from "../rehearsal.ts";
import { startServer } from "../servers.ts";

/** A framework: its title, what it needs, the script that starts it, and the README and file of its code. */
type Framework = readonly [string, readonly string[], string, string, RegExp, string];

const frameworks: readonly Framework[] = [
  ["Express 5", ["express@5"], "express.mjs", "react-hooks", /from "express"/, "express.mjs"],
  ["Hono 4", ["hono@4", "@hono/node-server@1"], "run-hono.mjs", "react-hooks", /from "hono"/, "hono.mjs"],
  ["Fastify 5", ["fastify@5"], "fastify.mjs", "client", /from "fastify"/, "fastify.mjs"],
];

export function proxyCells(): void {
  describe("the image-edit proxy", () => {
    for (const [title, packages, script, page, mark, file] of frameworks) {
      cell(`the proxy in ${title}, with the code of the README`, async (project) => {
        await project.copy("servers");
        await project.install("@retouch/client", ...packages);
        await project.write(file, readmeCode(page, mark));
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
