import type { Browser, BrowserContext, Page } from "playwright";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { exampleModel } from "../../../react-hooks/src/generated/example-model.gen.ts";
import type {} from "../lab.tsx";
import { openBrowser } from "../open-browser.ts";
import { type Site, startSite } from "../start-site.ts";

let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  site = await startSite(); // fast placeholders: the content of the images does not matter here
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

beforeEach(async () => {
  site.mock.reset();
  context = await browser.newContext();
  page = await context.newPage();
  await page.goto(`${site.url}e2e/lab.html`);
  await page.waitForFunction(() => window.lab !== undefined);
});

afterEach(() => context.close());

describe("useImageEdit with much of it", () => {
  it("no object URL remains after 50 edits with undo and redo", async () => {
    await page.evaluate(() => window.lab.show("visible", { historyLimit: 8 }));
    const most = await page.evaluate(async (model) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 16, height: 16 });
      const image = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
      const session = window.lab.session();
      session.load(image ?? new Blob());
      let alive = 0;
      for (let count = 0; count < 50; count += 1) {
        await session.editOrThrow({ model, prompt: `${count}`, size: "1024x1024" });
        if (count % 3 === 0) session.undo();
        if (count % 6 === 0) session.redo();
        alive = Math.max(alive, window.lab.liveUrls());
      }
      return alive;
    }, exampleModel);
    expect(most).toBeLessThanOrEqual(8);
    expect(most).toBeGreaterThan(1);
    expect(site.mock.requests).toHaveLength(50);
    await page.evaluate(() => window.lab.show("unmounted"));
    expect(await page.evaluate(() => window.lab.liveUrls())).toBe(0);
  }, 300_000);

  it("the progress of a 24 MB upload increases in steps up to 1", async () => {
    const side = 2896;
    const noise = await sharp({
      create: {
        width: side,
        height: side,
        channels: 3,
        background: "black",
        noise: { type: "gaussian", mean: 128, sigma: 90 },
      },
    })
      .png({ compressionLevel: 0 })
      .toBuffer();
    expect(noise.length).toBeGreaterThan(24 * 1024 * 1024);
    expect(noise.length).toBeLessThan(25 * 1024 * 1024);
    await page.route("**/noise.png", (route) => route.fulfill({ body: noise, contentType: "image/png" }));
    const network = await page.context().newCDPSession(page);
    await network.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 16 * 1024 * 1024,
    });
    await page.evaluate(() => window.lab.show("visible"));
    await page.evaluate(async (model) => {
      const image = await (await fetch("/noise.png")).blob();
      const session = window.lab.session();
      await session.editOrThrow({ model, image, prompt: "calm", size: "1024x1024" });
    }, exampleModel);
    const fractions = await page.evaluate(() => window.lab.fractions);
    expect(fractions.toSorted((a, b) => a - b)).toEqual(fractions);
    expect(fractions.at(-1)).toBe(1);
    expect(new Set(fractions).size).toBeGreaterThan(5);
    expect(site.mock.requests[0]?.bodyBytes).toBeGreaterThan(24 * 1024 * 1024);
  }, 300_000);
});
