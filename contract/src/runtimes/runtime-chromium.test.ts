import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { startMockServer } from "@retouch/mock/server";
import type { Browser, Page } from "playwright";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expected } from "../../smoke/smoke.js";
import { launchChromium } from "./launch-chromium.ts";
import { startStaticServer } from "./static-server.ts";

const built = dirname(fileURLToPath(import.meta.resolve("@retouch/client")));
const openapiFetch = dirname(createRequire(import.meta.resolve("@retouch/client")).resolve("openapi-fetch"));
const smokeDirectory = fileURLToPath(new URL("../../smoke/", import.meta.url));

let mock: Awaited<ReturnType<typeof startMockServer>>;
let files: Awaited<ReturnType<typeof startStaticServer>>;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
  const imports = JSON.stringify({ imports: { "openapi-fetch": "/openapi-fetch/index.mjs" } });
  files = await startStaticServer(
    { "/client/": built, "/openapi-fetch/": openapiFetch, "/smoke/": smokeDirectory },
    `<!doctype html><title>Smoke</title><script type="importmap">${imports}</script>`,
  );
  browser = await launchChromium();
  page = await browser.newPage();
  await page.goto(files.url);
});

afterAll(async () => {
  await browser?.close();
  await files?.close();
  await mock?.close();
});

test.each(["/client/index.js", "/client/browser/index.js"])("Chromium runs the built %s", async (entry) => {
  const image = await sharp({ create: { width: 96, height: 64, channels: 3, background: "#246" } })
    .png()
    .toBuffer();
  // The guards of the main entry point recognize the errors of every entry point.
  const guards = "/client/index.js";
  const world = JSON.stringify({ entry, guards, baseUrl: mock.url, image: [...image] });
  // As text: the transform of this file must not change the page's import.
  const seen = await page.evaluate(`import("/smoke/run-page.js").then(({ runPage }) => runPage(${world}))`);
  expect(seen).toEqual(expected);
});
