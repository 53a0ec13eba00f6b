// Over 220 lines: the table of all cells, each a few lines.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { build } from "esbuild";
import type { Browser } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDirectory } from "../../src/cli/support/work-directory.ts";
import { blocksOf } from "../../src/docs/readme-blocks.ts";
import { launchChromium } from "../../src/runtimes/launch-chromium.ts";
import { nodeBinary, runtimeBinary } from "../../src/runtimes/runtime-binaries.ts";
import { drawImage } from "../../src/support/sample-images.ts";
import { type LocalRegistry, startLocalRegistry } from "./local-registry.ts";
import { createProject, type Project } from "./project.ts";
import { copyRepository, type ScratchRepository } from "./publish.ts";

const key = "key-of-a-rehearsal";
const consumer = fileURLToPath(new URL("../../consumer", import.meta.url));
const react = ["react@19", "react-dom@19"];
const cells: { cell: string; result: string; seconds: string }[] = [];

let directory: Awaited<ReturnType<typeof makeDirectory>>;
let registry: LocalRegistry;
let repository: ScratchRepository;
let mock: MockServer;
let browser: Browser;
let photo: Uint8Array;
/** The environment of the projects: their own home, no setting of the package manager that runs this test. */
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  directory = await makeDirectory();
  mock = await startMockServer({ apiKey: key });
  env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name) || /registry/i.test(name)),
  );
  Object.assign(env, { HOME: directory.path, XDG_CACHE_HOME: path.join(directory.path, "cache") });
  registry = await startLocalRegistry(path.join(directory.path, "registry"), env);
  for (const name of Object.keys(env))
    if (/^(npm_config_registry|VITEST|NODE_ENV)/i.test(name)) delete env[name];
  Object.assign(env, {
    RETOUCH_API_KEY: key,
    RETOUCH_BASE_URL: mock.url,
    RETOUCH_MODEL: "gpt-image-1",
    RETOUCH_STATE_DIR: path.join(directory.path, "state"),
    TMPDIR: path.join(directory.path, "tmp"),
  });
  await mkdir(path.join(directory.path, "tmp"));
  // Programs that are installed globally read only the settings of the user.
  await writeFile(path.join(directory.path, ".npmrc"), registry.npmrc);
  repository = await copyRepository(path.join(directory.path, "repository"), registry, env);
  await repository.release();
  photo = await drawImage("png", 96, 64);
  browser = await launchChromium();
}, 600_000);

afterAll(async () => {
  console.table(cells);
  await browser?.close();
  await registry?.close();
  await mock?.close();
  await directory?.remove();
});

/** A test that is a row of the printed table. It has a project of its own. */
function cell(title: string, run: (project: Project) => Promise<void>): void {
  test(title, async () => {
    const start = performance.now();
    const row = { cell: title, result: "failed", seconds: "" };
    cells.push(row);
    try {
      await run(await newProject(title));
      row.result = "ok";
    } finally {
      row.seconds = ((performance.now() - start) / 1000).toFixed(1);
    }
  });
}

async function newProject(title: string): Promise<Project> {
  const name = title.replace(/\W+/g, "-");
  const project = await createProject(path.join(directory.path, "projects", name), registry.npmrc, env);
  await project.write("photo.png", Buffer.from(photo));
  return project;
}

async function expectImage(project: Project, file = "out.png"): Promise<void> {
  expect(await formatOf(path.join(project.directory, file))).toBe("PNG");
}

async function formatOf(file: string): Promise<string> {
  return (await readFile(file)).subarray(1, 4).toString("latin1");
}

/** Returns a block of a package's README. */
function readmeCode(page: string, mark: RegExp): string {
  const found = blocksOf(`packages/${page}/README.md`).find(({ code }) => mark.test(code));
  if (found === undefined) throw new Error(`The README of ${page} has no code with ${mark}.`);
  return found.code;
}

describe("@retouch/client on a server", () => {
  const runs: readonly (readonly [string, (project: Project) => Promise<unknown>])[] = [
    ["import on this Node", (project) => project.node("edit.mjs")],
    ["import on Node 20", (project) => project.run(nodeBinary(20), "edit.mjs")],
    ["require on this Node", (project) => project.node("edit.cjs")],
    ["require on Node 20", (project) => project.run(nodeBinary(20), "--no-warnings", "edit.cjs")],
    ["Bun", (project) => project.run(runtimeBinary("bun"), "run", "edit.mjs")],
    [
      "Deno",
      (project) =>
        project.run(runtimeBinary("deno"), "run", "--allow-all", "--node-modules-dir=manual", "edit.mjs"),
    ],
  ];
  for (const [title, run] of runs) {
    cell(title, async (project) => {
      await project.copy("node");
      await project.install("@retouch/client");
      await run(project);
      await expectImage(project);
    });
  }
});

describe("declarations", () => {
  const compilers = ["5.9", "6.0", "7.0"];
  let project: Project;
  beforeAll(async () => {
    project = await newProject("declarations");
    const packages = ["client", "mock", "react-hooks"].map((name) => `@retouch/${name}`);
    const types = ["@types/node@24", "@types/react@19", "@types/react-dom@19"];
    const aliases = compilers.map((version) => `typescript-${version}@npm:typescript@${version}`);
    await project.install(...packages, ...react, "msw@3", ...types, ...aliases);
    for (const file of ["common.cts", "page.ts", "server.ts"])
      await project.write(file, await readFile(path.join(consumer, file), "utf8"));
    for (const name of ["node16", "nodenext", "page"])
      await project.write(
        `tsconfig.${name}.json`,
        await readFile(path.join(consumer, `tsconfig.${name}.json`), "utf8"),
      );
  }, 600_000);
  for (const version of compilers) {
    for (const [resolution, name] of [
      ["node16", "node16"],
      ["nodenext", "nodenext"],
      ["bundler", "page"],
    ]) {
      cell(`TypeScript ${version}, ${resolution}`, async () => {
        await project.node(`node_modules/typescript-${version}/bin/tsc`, "-p", `tsconfig.${name}.json`);
      });
    }
  }
});

describe("a page that is bundled", () => {
  const bundlers: readonly (readonly [string, readonly string[], (project: Project) => Promise<unknown>])[] =
    [
      [
        "Vite 8",
        ["vite@8"],
        (project) => project.node("node_modules/vite/bin/vite.js", "build", "--base", "./"),
      ],
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
  for (const [title, packages, bundle] of bundlers) {
    cell(title, async (project) => {
      await project.copy("page");
      await project.install("@retouch/client", ...packages);
      await bundle(project);
      const served = await serveDirectory(path.join(project.directory, "dist"), {
        "/index.html": await readFile(path.join(project.directory, "index.html")),
      });
      const page = await browser.newPage();
      try {
        await page.goto(
          `${served.url}/index.html?${new URLSearchParams({ baseUrl: mock.url, model: "gpt-image-1" })}`,
        );
        await page.waitForFunction(() => document.title === "image/png", undefined, { timeout: 60_000 });
      } finally {
        await page.close();
        await served.close();
      }
    });
  }

  cell("Vite 8, React 19, typed from the README, with its Express server", async (project) => {
    await project.copy("react");
    await project.write("editor.tsx", readmeCode("react-hooks", /export function Editor/));
    const types = ["typescript@5.9", "@types/react@19", "@types/react-dom@19"];
    const tools = ["vite@8", "@vitejs/plugin-react@6", "express@5"];
    await project.install("@retouch/client", "@retouch/react-hooks", ...react, ...types, ...tools);
    await project.node("node_modules/typescript/bin/tsc");
    await project.node("node_modules/vite/bin/vite.js", "build");
    const server = await startServer(project, ["server.mjs"]);
    const page = await browser.newPage();
    try {
      await page.goto(server.url);
      await page.setInputFiles("input", {
        name: "photo.png",
        mimeType: "image/png",
        buffer: Buffer.from(photo),
      });
      await page.getByRole("button", { name: "Edit", exact: true }).click();
      await page.getByText(/^success/).waitFor({ timeout: 60_000 });
    } finally {
      await page.close();
      await server.stop();
    }
  });
});

describe("the proxy of the README", () => {
  for (const [title, mark, packages] of [
    ["Express", /toNodeListener\(handler\)/, ["express@5"]],
    ["Hono", /new Hono\(\)/, ["hono@4", "@hono/node-server@1"]],
  ] as const) {
    cell(title, async (project) => {
      await project.copy("servers");
      await project.install("@retouch/client", ...packages);
      const name = title.toLowerCase();
      await project.write(`${name}.ts`, readmeCode("react-hooks", mark));
      // Its import of `./session` has no extension, as in a bundled project.
      await build({
        entryPoints: [path.join(project.directory, `${name}.ts`)],
        outfile: path.join(project.directory, `${name}.mjs`),
        bundle: true,
        packages: "external",
        format: "esm",
        platform: "node",
        logLevel: "error",
      });
      const port = await freePort();
      const script = name === "hono" ? "run-hono.mjs" : "express.mjs";
      const server = await startServer(project, [script], port);
      try {
        const form = new FormData();
        form.append("model", "gpt-image-1");
        form.append("prompt", "Make it night");
        form.append("image", new Blob([new Uint8Array(photo)]), "photo.png");
        const url = `${server.url}/api/image-edit`;
        expect((await fetch(url, { method: "POST", body: form })).status).toBe(401);
        const response = await fetch(url, { method: "POST", body: form, headers: { cookie: "session=1" } });
        expect(await response.json()).toMatchObject({
          data: [{ b64_json: expect.stringMatching(/^iVBOR/) }],
        });
      } finally {
        await server.stop();
      }
    });
  }
});

describe("a test of a component", () => {
  const library = [
    "@retouch/client",
    "@retouch/react-hooks",
    ...react,
    "@testing-library/react@16",
    "@testing-library/dom@10",
  ];
  cell("Jest 30, jsdom", async (project) => {
    await project.copy("tests");
    await project.write("jsdom-environment.cjs", readmeCode("react-hooks", /environment-jsdom-abstract/));
    await project.install(...library, "jest@30", "@jest/environment-jsdom-abstract@30", "jsdom@26");
    await project.node("--experimental-vm-modules", "--no-warnings", "node_modules/jest/bin/jest.js");
  });
  for (const environment of ["jsdom", "happy-dom"]) {
    cell(`vitest, ${environment}`, async (project) => {
      await project.copy("tests");
      await project.install(...library, "vitest", environment);
      const argv = ["run", "--globals", "--environment", environment];
      await project.node("node_modules/vitest/vitest.mjs", ...argv);
    });
  }
});

describe("@retouch/cli", () => {
  const edit = ["edit", "photo.png", "-m", "gpt-image-1", "-p", "make it dusk", "--mock"];
  cell("npx", async (project) => {
    await project.npm("exec", "--yes", "--", "@retouch/cli", ...edit);
    await expectImage(project, "photo.edited.png");
  });
  cell("npm install --global", async (project) => {
    const prefix = path.join(project.directory, "prefix");
    await project.npm("install", "--global", "--prefix", prefix, "@retouch/cli");
    const bin = path.join(
      prefix,
      process.platform === "win32" ? "" : "lib",
      "node_modules/@retouch/cli/dist/bin.js",
    );
    await project.node(bin, ...edit);
    await expectImage(project, "photo.edited.png");
  });
  cell("pnpm dlx", async (project) => {
    const pnpm = process.env["npm_execpath"] ?? "pnpm";
    const [command, ...argv] = /\.c?js$/.test(pnpm) ? [process.execPath, pnpm] : [pnpm];
    await project.run(command ?? "pnpm", ...argv, "dlx", "@retouch/cli", ...edit);
    await expectImage(project, "photo.edited.png");
  });
});

describe("a published package", () => {
  cell("contains its license, changelog and README", async (project) => {
    const packages = ["cli", "client", "mock", "react-hooks"];
    await project.install(...packages.map((name) => `@retouch/${name}`), ...react);
    for (const name of packages) {
      for (const file of ["LICENSE", "CHANGELOG.md", "README.md"])
        await readFile(path.join(project.directory, "node_modules/@retouch", name, file), "utf8");
    }
  });
});

// The last ones: they publish the next version.
describe("an upgrade from 0.1 to 0.2", () => {
  cell("of client and hooks, with a lockfile and without", async (project) => {
    await project.copy("node");
    await project.install("@retouch/client@0.1", "@retouch/react-hooks@0.1", ...react);
    const fresh = await newProject("upgrade without a lockfile");
    await repository.addChangeset("@retouch/client", "minor", "A new option.");
    const versions = await repository.release();
    expect([...new Set(versions.values())]).toEqual(["0.2.0"]);
    for (const [at, packages] of [
      [project, ["@retouch/client@0.2", "@retouch/react-hooks@0.2"]],
      [fresh, ["@retouch/client@0.2", "@retouch/react-hooks@0.2", ...react]],
    ] as const) {
      await at.install(...packages);
      const listed = JSON.parse(await at.npm("ls", "--all", "--json")) as {
        dependencies: Record<string, { version: string }>;
      };
      expect(listed.dependencies["@retouch/client"]?.version).toBe("0.2.0");
      expect(listed.dependencies["@retouch/react-hooks"]?.version).toBe("0.2.0");
    }
    await project.node("edit.mjs");
    await expectImage(project);
  });

  cell("of the CLI", async (project) => {
    await project.install("@retouch/cli@0.1");
    await project.install("@retouch/cli@0.2");
    await project.npm("exec", "--", "retouch", "edit", "photo.png", "-m", "gpt-image-1", "-p", "x", "--mock");
    await expectImage(project, "photo.edited.png");
  });
});

/** Serves the files of a directory on loopback. */
async function serveDirectory(root: string, extra: Readonly<Record<string, Uint8Array>>) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    const type = pathname.endsWith(".js") ? "text/javascript" : "text/html";
    Promise.resolve(
      extra[pathname] && !pathname.startsWith("/assets")
        ? readBuilt(root, pathname, extra[pathname])
        : readFile(path.join(root, pathname)),
    )
      .then((bytes) => response.setHeader("content-type", type).end(bytes))
      .catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("No port was given.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** A bundler that writes its own page replaces the given one. */
function readBuilt(root: string, pathname: string, given: Uint8Array): Promise<Uint8Array> {
  return readFile(path.join(root, pathname)).catch(() => given);
}

/** Starts a server of a project and waits until it accepts connections. */
async function startServer(project: Project, argv: readonly string[], port?: number) {
  const child: ChildProcess = spawn(process.execPath, argv, {
    cwd: project.directory,
    env: { ...project.env, ...(port !== undefined && { PORT: String(port) }) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<never>((_, reject) => {
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}.`)));
  });
  ended.catch(() => undefined);
  const url =
    port === undefined ? await Promise.race([ended, printedUrl(child)]) : `http://127.0.0.1:${port}`;
  await Promise.race([ended, untilReachable(url)]);
  return {
    url,
    async stop() {
      child.kill();
      await ended.catch(() => undefined);
    },
  };
}

function printedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout?.once("data", (text) => resolve(String(text).trim())));
}

async function untilReachable(url: string): Promise<void> {
  await expect
    .poll(
      () =>
        fetch(url).then(
          () => true,
          () => false,
        ),
      { timeout: 30_000 },
    )
    .toBe(true);
}

async function freePort(): Promise<number> {
  const { url, close } = await serveDirectory("", {});
  await close();
  return Number(new URL(url).port);
}
