import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import react from "@vitejs/plugin-react";
import type { Browser, Page } from "playwright";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { exampleModel } from "../../../react-hooks/src/generated/example-model.gen.ts";
import { editApi } from "../../server/edit-api.ts";
import { openBrowser } from "../open-browser.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const editor = (
  heading: string,
  hooks = "",
): string => `import { proxyTransport, useImageEdit } from "@retouch/react-hooks";
import { useState } from "react";

const transport = proxyTransport("/api/image-edit");

export function Editor() {
  ${hooks}
  const [clicks, setClicks] = useState(0);
  const { status, current, edit } = useImageEdit({ transport });
  const start = async () => {
    setClicks(clicks + 1);
    const image = await (await fetch("/sample.png")).blob();
    await edit({ model: "${exampleModel}", image, prompt: "Make it night" });
  };
  return (
    <>
      <h1>${heading}</h1>
      <button type="button" onClick={start}>Edit</button>
      <output>{status} {clicks}</output>
      {current && <img src={current.url} alt="The image" />}
    </>
  );
}
`;

let directory: string;
let mock: MockServer;
let server: ViteDevServer;
let browser: Browser;
let page: Page;
/** Delays the responses of the image server until `release`. */
let held: Promise<void>;
let release: () => void;

beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
  // Not below `node_modules`, where Vite refreshes no file; git ignores `out`.
  await mkdir(join(root, "out"), { recursive: true });
  directory = await mkdtemp(join(root, "out/refresh-"));
  await mkdir(join(directory, "public"));
  await writeFile(join(directory, "public/sample.png"), await readFile(join(root, "public/sample.png")));
  await writeFile(join(directory, "editor.tsx"), editor("first"));
  await writeFile(
    join(directory, "main.tsx"),
    `import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Editor } from "./editor";

createRoot(document.body).render(<StrictMode><Editor /></StrictMode>);
`,
  );
  await writeFile(
    join(directory, "index.html"),
    '<!doctype html><title>Refresh</title><body></body><script type="module" src="/main.tsx"></script>',
  );
  const api = editApi({
    apiKey: "any",
    baseUrl: mock.url,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      await held;
      return response;
    },
  });
  server = await createServer({
    root: directory,
    configFile: false,
    logLevel: "warn",
    cacheDir: join(directory, "cache"),
    plugins: [react(), api],
    server: { port: 0, host: "127.0.0.1" },
  });
  await server.listen();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await mock?.close();
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
});

beforeEach(async () => {
  mock.reset();
  held = new Promise((resolve) => {
    release = resolve;
  });
  page = await browser.newPage();
  await page.goto(server.resolvedUrls?.local[0] ?? "");
  // Lost after a reload, which would not be a refresh.
  await page.evaluate(() => Object.assign(globalThis, { isTheSamePage: true }));
});

afterEach(async () => {
  release();
  await page.close();
});

const says = (text: string) =>
  vi.waitFor(async () => expect(await page.locator("output").textContent()).toBe(text), 20_000);

describe("Fast Refresh during an edit", () => {
  it("a refreshed component keeps its edit, which is sent once and succeeds", async () => {
    await page.getByRole("button").click();
    await vi.waitFor(() => expect(mock.requests).toMatchObject([{ status: 200 }]), 20_000);
    for (const heading of ["second", "third"]) {
      await writeFile(join(directory, "editor.tsx"), editor(heading));
      await page.getByRole("heading", { name: heading }).waitFor();
    }
    await says("processing 1");
    release();
    await says("success 1");
    expect(await page.getByRole("img").getAttribute("src")).toMatch(/^blob:/);
    expect(await page.evaluate(() => "isTheSamePage" in globalThis)).toBe(true);
    expect(mock.requests).toMatchObject([{ status: 200, aborted: false }]);
  });

  it("a component that React remounts because its hooks changed aborts its edit and sends nothing again", async () => {
    await page.getByRole("button").click();
    await vi.waitFor(() => expect(mock.requests).toMatchObject([{ status: 200 }]), 20_000);
    await writeFile(join(directory, "editor.tsx"), editor("fourth", "useState(1);"));
    await page.getByRole("heading", { name: "fourth" }).waitFor();
    await says("idle 0");
    release();
    await page.getByRole("button").click();
    await says("success 1");
    expect(await page.evaluate(() => "isTheSamePage" in globalThis)).toBe(true);
    expect(mock.requests).toHaveLength(2);
  });
});
