import type { ChildProcess } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { chromium } from "playwright";
import { expect } from "vitest";
import { runtimeBinary } from "../../../../contract/src/runtimes/runtime-binaries.ts";
import { chromiumLaunch } from "../../../../tools/chromium-launch.mjs";
import { blockOf, filesOf } from "../page-code.ts";
import {
  atEachServer,
  emptyDirectory,
  freePort,
  key,
  photo,
  start,
  stop,
  task,
  type,
  withKey,
} from "./newcomer.ts";

// The servers that hold the key for a page, by their pages: without a key, then with one at each server.

/** Edits the sample with the editor of the pages, as a user does. */
export async function editInPage(url: string): Promise<void> {
  const browser = await chromium.launch(chromiumLaunch);
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.setInputFiles("input", photo);
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page
      .getByRole("status")
      .filter({ hasText: /^success|\.\s*$/ })
      .waitFor({ timeout: 60_000 });
    expect(await page.getByRole("status").textContent()).toMatch(/^success/);
  } finally {
    await browser.close();
  }
}

/** Writes the files that a page names. */
async function writeFiles(project: string, page: string, server?: string, heading?: string): Promise<void> {
  for (const { file = "", code } of filesOf(page, server, heading)) {
    await mkdir(path.dirname(path.join(project, file)), { recursive: true });
    await writeFile(path.join(project, file), code);
  }
}

/** Sends the command that a page gives, as a page would send the form. */
async function post(page: string, project: string, port: number, server?: string): Promise<void> {
  const command = blockOf(page, /^curl /, server).code.replace(":3000", `:${port}`);
  expect(JSON.parse(await type(command, project))).toMatchObject({
    data: [{ b64_json: expect.stringMatching(/^iVBOR/) }],
  });
}

/** Starts the mock as the page says. Returns its port. */
async function startMock(page: string, project: string): Promise<number> {
  const port = await freePort();
  const command = blockOf(page, /^npx @retouch\/cli mock$/m).code;
  await start(command.replace(" mock", ` mock --port ${port}`), project, port);
  return port;
}

const keyless = /RETOUCH_BASE_URL=http:\/\/127\.0\.0\.1:4010/;
const withKeys = /API_KEY=\.\.\./;

export function proxyTasks(): void {
  for (const name of ["express", "hono", "fastify"])
    task(`the proxy of ${name}`, async () => {
      const page = `start/${name}.md`;
      const project = await emptyDirectory(name);
      await cp(photo, path.join(project, "photo.png"));
      await type(blockOf(page, /^npm install @retouch\/client/).code, project);
      await writeFiles(project, page);
      const mockPort = await startMock(page, project);
      const port = await freePort();
      const PORT = String(port);
      let server = await start(blockOf(page, keyless).code.replace("4010", String(mockPort)), project, port, {
        PORT,
      });
      await post(page, project, port);
      await atEachServer(async (vendor) => {
        await stop(server);
        server = await start(withKey(blockOf(page, withKeys, vendor.name).code, vendor), project, port, {
          PORT,
        });
        await post(page, project, port, vendor.name);
      });
    });

  for (const [name, heading, program] of [
    ["bun", "Bun", /^bun server\.js$/m],
    ["deno", "Deno", /^deno run/m],
  ] as const)
    task(`the proxy on ${name}`, async () => {
      const page = "start/bun-deno.md";
      const project = await emptyDirectory(name);
      await cp(photo, path.join(project, "photo.png"));
      const bin = path.dirname(runtimeBinary(name));
      const env = { PATH: [bin, process.env["PATH"]].join(path.delimiter) };
      if (name === "bun") await type(blockOf(page, /^bun add/).code, project, env);
      await writeFiles(project, page, undefined, heading);
      // Deno does not use what was published today, which these packages were.
      if (name === "deno") await writeFile(path.join(project, "deno.json"), '{ "minimumDependencyAge": 0 }');
      const mockPort = await startMock(page, project);
      const port = await freePort();
      const run = blockOf(page, program).code;
      const more = { ...env, PORT: String(port) };
      let server = await start(run.replace("4010", String(mockPort)), project, port, more);
      await post(page, project, port);
      await atEachServer(async (vendor) => {
        await stop(server);
        const exports = withKey(blockOf(page, withKeys, vendor.name).code, vendor);
        server = await start(exports + run.slice(run.indexOf("\n") + 1), project, port, more);
        await post(page, project, port, vendor.name);
      });
    });

  task("a page with Next.js", async () => {
    const page = "start/next.md";
    const folder = await emptyDirectory("next");
    const create = blockOf(page, /^npx create-next-app/).code;
    await type(create, folder);
    const project = path.join(folder, /^cd (\S+)$/m.exec(create)?.[1] ?? "");
    await writeFiles(project, page);
    const mockPort = await startMock(page, project);
    const port = await freePort();
    const more = { PORT: String(port) };
    let server: ChildProcess = await start(
      blockOf(page, keyless).code.replace("4010", String(mockPort)),
      project,
      port,
      more,
    );
    await editInPage(`http://localhost:${port}/`);
    await atEachServer(async (vendor) => {
      await stop(server);
      await writeFiles(project, page, vendor.name);
      server = await start(withKey(blockOf(page, withKeys, vendor.name).code, vendor), project, port, more);
      await editInPage(`http://localhost:${port}/`);
    });
  });

  task("a Worker", async () => {
    const page = "start/workers.md";
    const folder = await emptyDirectory("workers");
    const create = blockOf(page, /^npm create cloudflare/).code;
    await type(create, folder);
    const project = path.join(folder, /^cd (\S+)$/m.exec(create)?.[1] ?? "");
    await cp(photo, path.join(project, "photo.png"));
    await writeFiles(project, page);
    const mockPort = await startMock(page, project);
    const port = await freePort();
    const vars = path.join(project, ".dev.vars");
    const dev = blockOf(page, /^npx wrangler dev/).code.replace("3000", String(port));
    const settings = blockOf(page, ".dev.vars").code;
    await writeFile(vars, settings.replace("4010", String(mockPort)));
    let server = await start(dev, project, port);
    await post(page, project, port);
    await atEachServer(async (vendor) => {
      await stop(server);
      // What a deployment would have: the secret, and the variable of its command.
      await writeFile(vars, `RETOUCH_API_KEY=${key}\n`);
      const variable = / --var \S+/.exec(blockOf(page, /wrangler deploy/, vendor.name).code)?.[0] ?? "";
      await type(`npx wrangler deploy --dry-run${variable}`, project);
      server = await start(`${dev.trim()}${withKey(variable, vendor)}`, project, port);
      await post(page, project, port, vendor.name);
    });
  });
}
