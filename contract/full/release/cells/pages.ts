import { readFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { describe, expect } from "vitest";
import { freePort } from "../../../../tools/free-port.ts";
import { openWorker } from "../../start-worker.ts";
import type { Project } from "../project.ts";
import { cell, key, react, readmeCode, rehearsal } from "../rehearsal.ts";
import { type RunningServer, serveDirectory, startServer } from "../servers.ts";

const vite = (project: Project, ...argv: readonly string[]): Promise<string> =>
  project.node("node_modules/vite/bin/vite.js", "build", ...argv);

/** A bundler: its name, what it needs, and how it writes `dist/page.js`, or a page of its own. */
type Bundler = readonly [string, readonly string[], (project: Project) => Promise<unknown>];

const bundlers: readonly Bundler[] = [
  ["Vite 8", ["vite@8"], (project) => vite(project, "--base", "./")],
  [
    "webpack 5",
    ["webpack@5", "webpack-cli@6"],
    (project) => project.node("node_modules/webpack-cli/bin/cli.js", "--config", "webpack.config.cjs"),
  ],
  [
    "esbuild",
    [],
    (project) =>
      build({
        entryPoints: [path.join(project.directory, "page.js")],
        outdir: path.join(project.directory, "dist"),
        bundle: true,
        splitting: true,
        format: "esm",
        logLevel: "error",
      }),
  ],
];

export function pageCells(): void {
  describe("a page that is bundled", () => {
    for (const [title, packages, bundle] of bundlers) {
      cell(title, async (project) => {
        await project.copy("page");
        await project.install("@retouch/client", ...packages);
        await bundle(project);
        await expectEditedByPage(project);
      });
    }

    cell("Vite 8, React 19, typed from the README, with its Express server", async (project) => {
      await project.copy("react");
      await project.write("editor.tsx", readmeCode("react-hooks", /export function Editor/));
      const types = ["typescript@5.9", "@types/react@19", "@types/react-dom@19"];
      const tools = ["vite@8", "@vitejs/plugin-react@6", "express@5"];
      await project.install("@retouch/client", "@retouch/react-hooks", ...react, ...types, ...tools);
      await project.node("node_modules/typescript/bin/tsc");
      await vite(project);
      // In production, one server has the proxy and the built page.
      const server = readmeCode("react-hooks", /from "express"/);
      await project.write("server.mjs", server.replace("app.listen", 'app.use(express.static("dist"));\n$&'));
      await expectEditedByHooks(await startServer(project, ["server.mjs"], await freePort()));
    });

    cell("Next 16, with the route and the editor of the README", async (project) => {
      await project.copy("next");
      await project.write("app/editor.tsx", readmeCode("react-hooks", /export function Editor/));
      await project.write("app/api/image-edit/route.ts", readmeCode("react-hooks", /export const POST/));
      await project.write("next.config.mjs", readmeCode("react-hooks", /proxyClientMaxBodySize/));
      const types = ["typescript@5.9", "@types/react@19", "@types/node@24"];
      await project.install("@retouch/client", "@retouch/react-hooks", ...react, ...types, "next@16");
      const next = "node_modules/next/dist/bin/next";
      await project.node(next, "build");
      const server = await startServer(project, [next, "start", "-p", "0", "-H", "127.0.0.1"]);
      await expectEditedByHooks(server);
    });
  });

  cell("esbuild for a worker (workerd)", async (project) => {
    await project.copy("worker");
    await project.install("@retouch/client");
    const { outputFiles } = await build({
      entryPoints: [path.join(project.directory, "worker.js")],
      bundle: true,
      write: false,
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      conditions: ["workerd", "import"],
      logLevel: "error",
    });
    const { mock, photo } = rehearsal();
    const worker = openWorker(outputFiles[0]?.text ?? "", {
      RETOUCH_API_KEY: key,
      RETOUCH_BASE_URL: mock.url,
      RETOUCH_MODEL: "gpt-image-1",
    });
    try {
      const response = await worker.dispatchFetch("http://worker/", { method: "POST", body: photo });
      expect((await response.text()).slice(1, 4)).toBe("PNG");
    } finally {
      await worker.dispose();
    }
  });
}

/** Opens the built page, which edits an image when it is loaded. */
async function expectEditedByPage(project: Project): Promise<void> {
  const index = await readFile(path.join(project.directory, "index.html"));
  const served = await serveDirectory(path.join(project.directory, "dist"), index);
  const page = await rehearsal().browser.newPage();
  try {
    const options = new URLSearchParams({ baseUrl: rehearsal().mock.url, model: "gpt-image-1" });
    await page.goto(`${served.url}/index.html?${options}`);
    await page.waitForFunction(() => document.title === "image/png", undefined, { timeout: 60_000 });
  } finally {
    await page.close();
    await served.close();
  }
}

/** Edits an image with the README's editor, signed in, and stops its server. */
async function expectEditedByHooks(server: RunningServer): Promise<void> {
  const { browser, photo } = rehearsal();
  const context = await browser.newContext();
  try {
    await context.addCookies([{ name: "session", value: "1", url: server.url }]);
    const page = await context.newPage();
    await page.goto(server.url);
    await page.setInputFiles("input", {
      name: "photo.png",
      mimeType: "image/png",
      buffer: Buffer.from(photo),
    });
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByText(/^success/).waitFor({ timeout: 60_000 });
  } finally {
    await context.close();
    await server.stop();
  }
}
