import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../tools/free-port.ts";
import { drawPhoto } from "../src/cli/support/work-directory.ts";
import { blocksOf } from "../src/docs/readme-blocks.ts";
import { launchChromium } from "../src/runtimes/launch-chromium.ts";
import { npm, type PackedDirectory, packPackages } from "./pack-packages.ts";

// What a person does first, typed from the READMEs, with packages as npm would install them.

let directory: PackedDirectory;
let mock: MockServer;
const children: ChildProcess[] = [];

const hooks = "packages/react-hooks/README.md";

/** Finds the code of a page by its content. */
function codeOf(page: string, mark: RegExp): string {
  const found = blocksOf(page).find(({ code }) => mark.test(code));
  if (found === undefined) throw new Error(`${page} has no code with ${mark}.`);
  return found.code;
}

async function write(file: string, text: string): Promise<void> {
  const at = path.join(directory.path, file);
  await mkdir(path.dirname(at), { recursive: true });
  await writeFile(at, text);
}

beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
  directory = await packPackages(["client", "mock", "cli", "react-hooks"]);
  await write("package.json", JSON.stringify({ private: true, type: "module" }));
  const page = ["react@19", "react-dom@19", "vite@8", "@vitejs/plugin-react@6", "express@5"];
  const tests = ["vitest@5", "jsdom@26", "@testing-library/react@16", "@testing-library/dom@10", "msw@3"];
  await directory.install([...page, ...tests, ...directory.tarballs]);
  await drawPhoto(path.join(directory.path, "photo.jpg"), { width: 96, height: 64 });
  await write("editor.tsx", codeOf(hooks, /export function Editor/));
}, 600_000);

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || !child.kill("SIGKILL")) continue;
    await once(child, "close");
  }
});
afterAll(async () => {
  await mock?.close();
  await directory?.remove();
});

test.each(["README.md", "packages/cli/README.md"])(
  "the first line of %s with npx makes an image without a key",
  async (page) => {
    const line = codeOf(page, /^npx @retouch\/cli .* --mock/m);
    const [, quoted = ""] = /^npx (@retouch\/cli .*? --mock)/m.exec(line) ?? [];
    const argv = quoted.split(/ "|" /).flatMap((part, at) => (at % 2 === 0 ? part.split(" ") : [part]));
    const [command, ...rest] = npm;
    const written = await directory.run(command, [...rest, "exec", "--yes", "--", ...argv]);
    expect(written.trim()).toMatch(/photo\.edited(?:-\d+)?\.png$/);
    expect((await readFile(written.trim())).subarray(1, 4).toString("latin1")).toBe("PNG");
  },
);

describe("the page of the hooks' README with Vite and Express", () => {
  let browser: Browser;
  let page: Page;
  let port: number;
  let url: string;
  beforeAll(async () => {
    browser = await launchChromium();
    port = await freePort();
    await write("server.mjs", codeOf(hooks, /toNodeListener\(handler\)/));
    await write("vite.config.js", codeOf(hooks, /plugins: \[react\(\)\]/).replace("3000", String(port)));
    await write(
      "index.html",
      '<!doctype html><div id="root"></div><script type="module" src="/main.jsx"></script>',
    );
    await write(
      "main.jsx",
      'import { createRoot } from "react-dom/client";\nimport { Editor } from "./editor";\n\ncreateRoot(document.getElementById("root")).render(<Editor />);\n',
    );
  });
  afterAll(() => browser?.close());

  /** Edits on a page that Vite serves for the first time, and expects that it is not loaded a second time. */
  async function edit(html = ""): Promise<string> {
    const vitePort = await freePort();
    url = `http://localhost:${vitePort}/${html}`;
    const argv = ["--port", String(vitePort), "--strictPort", "--force"];
    const vite = await start(["node_modules/vite/bin/vite.js", ...argv], {}, vitePort, "localhost");
    page = await browser.newPage();
    const loads: string[] = [];
    const again = new Promise<void>((resolve) => {
      page.on("framenavigated", (frame) => loads.push(frame.url()) > 1 && resolve());
    });
    try {
      await page.goto(url);
      await page.setInputFiles("input", path.join(directory.path, "photo.jpg"));
      await page.getByRole("button", { name: "Edit", exact: true }).click();
      // It shows the status while the edit runs, then success, or the sentence of the error.
      const ended = page.getByRole("status").filter({ hasText: /^success|\.\s*$/ });
      await Promise.race([ended.waitFor({ timeout: 120_000 }), again]);
      // A dependency that Vite finds after its start reloads the page, which loses the edit in flight.
      expect(vite()).not.toContain("optimized dependencies changed");
      expect(loads).toEqual([url]);
      return (await page.locator("#root").textContent()) ?? "";
    } finally {
      await page.close();
    }
  }

  test("says what to do while the server is not there", async () => {
    expect(await edit()).toMatch(/check that its server runs, and `url`/s);
  });

  test("says what to do while no one is signed in", async () => {
    await start(["server.mjs"], { RETOUCH_API_KEY: "any", RETOUCH_BASE_URL: mock.url }, port);
    expect(await edit()).toMatch(/`authorize` of the proxy did not return `true`/s);
    expect(mock.requests).toHaveLength(0);
  });

  /** Starts the README's server with the environment that the README gives. */
  async function startServer(): Promise<void> {
    const [, environment = ""] = /^export (.*)$/m.exec(codeOf(hooks, /^export RETOUCH_API_KEY/m)) ?? [];
    const [, mode = ""] = /^NODE_ENV=(\w+) node server\.mjs/m.exec(codeOf(hooks, /^NODE_ENV=/m)) ?? [];
    const env = Object.fromEntries(environment.split(" ").map((one) => one.split("=")));
    await start(["server.mjs"], { ...env, RETOUCH_BASE_URL: mock.url, NODE_ENV: mode }, port);
  }

  test("edits with the environment that the README gives", async () => {
    await startServer();
    expect(await edit()).toContain("success");
    expect(mock.requests.map(({ status }) => status)).toEqual([200]);
  });

  test("loads what edits need late without a reload", async () => {
    const editor = `import { indexedDbStorage, proxyTransport, useImageEdit, useMask } from "@retouch/react-hooks";
import { createRoot } from "react-dom/client";

const transport = proxyTransport("/api/image-edit");
const options = { transport, composite: true, prepare: {}, storage: indexedDbStorage("late") };

function Editor() {
  const session = useImageEdit(options);
  const mask = useMask({ width: 96, height: 64 });
  const edit = async () => {
    mask.add({ kind: "rectangle", mode: "mark", corners: [24, 16, 56, 40] });
    session.edit({ model: "gpt-image-1", prompt: "A red door", mask: await mask.toMask() });
  };
  return (
    <>
      <input type="file" onChange={(event) => session.load(event.target.files[0])} />
      <canvas {...mask.canvasProps} />
      <button type="button" disabled={!session.current} onClick={edit}>Edit</button>
      <p role="status">{session.message ?? session.status} {session.storage.status} {session.current?.composite && "composite"}</p>
    </>
  );
}

createRoot(document.getElementById("root")).render(<Editor />);
`;
    await write("late.jsx", editor);
    await write(
      "late.html",
      '<!doctype html><div id="root"></div><script type="module" src="/late.jsx"></script>',
    );
    await startServer();
    expect(await edit("late.html")).toMatch(/success \w+ composite/);
  });

  test("names the variable of a missing key", async () => {
    await expect(start(["server.mjs"], { RETOUCH_API_KEY: "" }, port)).rejects.toThrow(
      "such as RETOUCH_API_KEY",
    );
  });
});

test("the tests of a component of the hooks' README pass", async () => {
  await write("editor.test.jsx", codeOf(hooks, /createTestClient\(/));
  await write("proxy.test.jsx", codeOf(hooks, /createHandlers\(\{ proxyPath/));
  // A second, the limit of `findByText`, is too short for a busy machine that loads the code for the first time.
  const limits =
    'import { configure } from "@testing-library/react";\n\nconfigure({ asyncUtilTimeout: 60_000 });\n';
  await write("limits.js", limits);
  const settings = 'test: { setupFiles: ["./limits.js"], testTimeout: 120_000 }';
  await write(
    "vitest.config.js",
    `import config from "./vite.config.js";\n\nexport default { ...config, ${settings} };\n`,
  );
  await directory.run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "--environment", "jsdom"]);
});

/** Starts a server of the project, waits until it accepts connections, and returns what reads its output. */
async function start(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  port: number,
  host = "127.0.0.1",
): Promise<() => string> {
  const { RETOUCH_API_KEY: _, RETOUCH_BASE_URL: __, NODE_ENV: ___, ...rest } = directory.env;
  const child = spawn(process.execPath, argv, {
    cwd: directory.path,
    env: { ...rest, PORT: String(port), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise<never>((_resolve, reject) => {
    child.once("close", () => reject(new Error(`It ended: ${said}`)));
  });
  ended.catch(() => {});
  const isUp = () =>
    fetch(`http://${host}:${port}/`).then(
      () => true,
      () => false,
    );
  await Promise.race([expect.poll(isUp, { timeout: 120_000 }).toBe(true), ended]);
  return () => said;
}
