import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { startMockServer } from "@retouch/mock/server";
import type { Browser, Page } from "playwright";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expected } from "../smoke/smoke.js";
import { launchChromium } from "./launch-chromium.ts";
import { startStaticServer } from "./static-server.ts";

const built = dirname(fileURLToPath(import.meta.resolve("@retouch/client")));
const openapiFetch = dirname(
  fileURLToPath(import.meta.resolve("openapi-fetch", import.meta.resolve("@retouch/client"))),
);
const smokeFolder = fileURLToPath(new URL("../smoke/", import.meta.url));

let mock: Awaited<ReturnType<typeof startMockServer>>;
let files: Awaited<ReturnType<typeof startStaticServer>>;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  mock = await startMockServer();
  const imports = JSON.stringify({ imports: { "openapi-fetch": "/openapi-fetch/index.mjs" } });
  files = await startStaticServer(
    { "/client/": built, "/openapi-fetch/": openapiFetch, "/smoke/": smokeFolder },
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
  const picture = await sharp({ create: { width: 96, height: 64, channels: 3, background: "#246" } })
    .png()
    .toBuffer();
  const seen = await page.evaluate(
    async ({ entry, baseUrl, picture }) => {
      const [client, { smoke }] = await Promise.all([import(entry), import("/smoke/smoke.js" as string)]);
      return smoke(client, {
        baseUrl,
        picture: Uint8Array.from(picture),
        options: { dangerouslyAllowBrowser: true },
      });
    },
    { entry, baseUrl: mock.url, picture: [...picture] },
  );
  expect(seen).toEqual(expected);
});
