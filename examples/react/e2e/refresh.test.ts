import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import react from "@vitejs/plugin-react";
import type { Browser, Page } from "playwright";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { editApi } from "../server/edit-api.ts";
import { launchChromium } from "./launch-chromium.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
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
    await edit({ model: "gpt-image-1", image, prompt: "Make it night" });
  };
  return (
    <>
      <h1>${heading}</h1>
      <button type="button" onClick={start}>Edit</button>
      <output>{status} {clicks}</output>
      {current && <img src={current.url} alt="The picture" />}
    </>
  );
}
`;

let folder: string;
let mock: MockServer;
let server: ViteDevServer;
let browser: Browser;
let page: Page;
/** Holds upstream's answers back from the page, until `release`. */
let held: Promise<void>;
let release: () => void;

beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
  // Not below `node_modules`, where no file is refreshed; git ignores `out`.
  await mkdir(join(root, "out"), { recursive: true });
  folder = await mkdtemp(join(root, "out/refresh-"));
  await mkdir(join(folder, "public"));
  await writeFile(join(folder, "public/sample.png"), await readFile(join(root, "public/sample.png")));
  await writeFile(join(folder, "editor.tsx"), editor("first"));
  await writeFile(
    join(folder, "main.tsx"),
    `import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Editor } from "./editor";

createRoot(document.body).render(<StrictMode><Editor /></StrictMode>);
`,
  );
  await writeFile(
    join(folder, "index.html"),
    '<!doctype html><title>Refresh</title><body></body><script type="module" src="/main.tsx"></script>',
  );
  const api = editApi({
    apiKey: "any",
    baseUrl: mock.url,
    fetch: async (input, init) => {
      const answer = await fetch(input, init);
      await held;
      return answer;
    },
  });
  server = await createServer({
    root: folder,
    configFile: false,
    logLevel: "warn",
    cacheDir: join(folder, "cache"),
    plugins: [react(), api],
    server: { port: 0, host: "127.0.0.1" },
  });
  await server.listen();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await mock?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

beforeEach(async () => {
  mock.reset();
  held = new Promise((resolve) => {
    release = resolve;
  });
  page = await browser.newPage();
  await page.goto(server.resolvedUrls?.local[0] ?? "");
  // Gone after a reload, which would prove nothing.
  await page.evaluate(() => Object.assign(globalThis, { isTheSamePage: true }));
});

afterEach(async () => {
  release();
  await page.close();
});

const says = (text: string) =>
  vi.waitFor(async () => expect(await page.locator("output").textContent()).toBe(text), 20_000);

describe("a component that is changed while its edit is on its way", () => {
  it("keeps the edit, which is sent once and arrives", async () => {
    await page.getByRole("button").click();
    await vi.waitFor(() => expect(mock.requests).toMatchObject([{ status: 200 }]), 20_000);
    for (const heading of ["second", "third"]) {
      await writeFile(join(folder, "editor.tsx"), editor(heading));
      await page.getByRole("heading", { name: heading }).waitFor();
    }
    await says("processing 1");
    release();
    await says("success 1");
    expect(await page.getByRole("img").getAttribute("src")).toMatch(/^blob:/);
    expect(await page.evaluate(() => "isTheSamePage" in globalThis)).toBe(true);
    expect(mock.requests).toMatchObject([{ status: 200, aborted: false }]);
  });

  it("ends with its component, and sends nothing by itself, when other hooks make React start that anew", async () => {
    await page.getByRole("button").click();
    await vi.waitFor(() => expect(mock.requests).toMatchObject([{ status: 200 }]), 20_000);
    await writeFile(join(folder, "editor.tsx"), editor("fourth", "useState(1);"));
    await page.getByRole("heading", { name: "fourth" }).waitFor();
    await says("idle 0");
    release();
    await page.getByRole("button").click();
    await says("success 1");
    expect(await page.evaluate(() => "isTheSamePage" in globalThis)).toBe(true);
    expect(mock.requests).toHaveLength(2);
  });
});
