import type { Browser, BrowserContext, Page } from "playwright";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type {} from "./lab.tsx";
import { openBrowser } from "./open-browser.ts";
import { type Site, startSite } from "./start-site.ts";

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
  site.scenario = "ok";
  site.mock.reset();
  context = await browser.newContext();
  page = await openTab();
});

afterEach(() => context.close());

async function openTab(): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(`${site.url}e2e/lab.html`);
  await tab.waitForFunction(() => window.lab !== undefined);
  return tab;
}

/** Starts an edit in the page, without waiting for it. */
async function start(prompt: string): Promise<void> {
  await page.evaluate(async (text) => {
    const image = await (await fetch("/sample.png")).blob();
    void window.lab.session().edit({ model: "gpt-image-1", image, prompt: text });
  }, prompt);
}

const status = () => page.locator("output").textContent({ timeout: 500 });

describe("useImageEdit through the proxy", () => {
  it("two concurrent edits under StrictMode send one POST", async () => {
    await page.evaluate(() => window.lab.show("visible"));
    await start("a");
    await start("b");
    await vi.waitFor(async () => expect(await status()).toBe("success"), 15_000);
    expect(site.mock.requests).toHaveLength(1);
  });

  it("unmounting aborts the request up to the server", async () => {
    site.scenario = "hang";
    await page.evaluate(() => window.lab.show("visible"));
    await start("a");
    await vi.waitFor(() => expect(site.mock.requests[0]?.parts.length).toBeGreaterThan(0), 10_000);
    await page.evaluate(() => window.lab.show("unmounted"));
    await vi.waitFor(
      () => expect(site.mock.requests[0]).toMatchObject({ aborted: true, done: true }),
      10_000,
    );
    expect(await page.evaluate(() => window.lab.liveUrls())).toBe(0);
  });

  it("a hidden <Activity> leaves the edit running", async () => {
    await page.evaluate(() => window.lab.show("visible"));
    await start("while hidden");
    await page.evaluate(() => window.lab.show("hidden"));
    await vi.waitFor(
      async () => expect(await page.evaluate(() => window.lab.finished)).toEqual(["while hidden"]),
      15_000,
    );
    await page.evaluate(() => window.lab.show("visible"));
    expect(await page.getByText("while hidden").isVisible()).toBe(true);
    expect(site.mock.requests).toMatchObject([{ aborted: false, status: 200 }]);
  });

  it("an older response never replaces a newer one", async () => {
    await page.evaluate(() => window.lab.show("visible", { concurrency: "replace" }));
    site.scenario = "slow";
    await start("older");
    await vi.waitFor(() => expect(site.mock.requests[0]?.status).toBe(200), 15_000);
    site.scenario = "ok";
    await start("newer");
    await vi.waitFor(async () => expect(await status()).toBe("success"), 15_000);
    await vi.waitFor(() => expect(site.mock.requests[0]?.done).toBe(true), 15_000);
    expect(await page.locator("p").textContent()).toBe("newer");
    expect(await page.evaluate(() => window.lab.finished)).toEqual(["newer"]);
    expect(site.mock.requests.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it("two tabs get their own images, and canceling in one leaves the other running", async () => {
    const [left, right] = [page, await openTab()];
    const edit = (tab: Page, size: string) =>
      tab.evaluate(async (wanted) => {
        const image = await (await fetch("/sample.png")).blob();
        await window.lab
          .session()
          .edit({ model: "gpt-image-1", image, prompt: wanted, size: wanted as "auto" });
        const { status, outcome, current, steps } = window.lab.session().getSnapshot();
        const { width, height } = current ?? {};
        return { status, outcome, size: `${width}x${height}`, steps: steps.length };
      }, size);
    for (const tab of [left, right]) await tab.evaluate(() => window.lab.show("visible"));

    const both = await Promise.all([edit(left, "1024x1536"), edit(right, "1536x1024")]);
    expect(both).toMatchObject([
      { status: "success", size: "1024x1536", steps: 2 },
      { status: "success", size: "1536x1024", steps: 2 },
    ]);

    site.mock.reset();
    site.scenario = "hang";
    const stopped = edit(left, "1024x1536");
    await vi.waitFor(() => expect(site.mock.requests[0]?.parts.length).toBeGreaterThan(0), 10_000);
    site.scenario = "slow";
    const completed = edit(right, "1024x1024");
    await vi.waitFor(() => expect(site.mock.requests).toHaveLength(2), 10_000);
    await left.evaluate(() => window.lab.session().cancel());
    expect(await stopped).toMatchObject({ status: "canceled", outcome: "unknown", size: "1024x1536" });
    expect(await completed).toMatchObject({ status: "success", size: "1024x1024" });
    await expect.poll(() => site.mock.requests.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it("no object URL remains after 50 edits with undo and redo", async () => {
    await page.evaluate(() => window.lab.show("visible", { historyLimit: 8 }));
    const most = await page.evaluate(async () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 16, height: 16 });
      const image = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
      const session = window.lab.session();
      session.load(image ?? new Blob());
      let alive = 0;
      for (let count = 0; count < 50; count += 1) {
        await session.editOrThrow({ model: "gpt-image-1", prompt: `${count}`, size: "1024x1024" });
        if (count % 3 === 0) session.undo();
        if (count % 6 === 0) session.redo();
        alive = Math.max(alive, window.lab.liveUrls());
      }
      return alive;
    });
    expect(most).toBeLessThanOrEqual(8);
    expect(most).toBeGreaterThan(1);
    expect(site.mock.requests).toHaveLength(50);
    await page.evaluate(() => window.lab.show("unmounted"));
    expect(await page.evaluate(() => window.lab.liveUrls())).toBe(0);
  }, 120_000);

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
    await page.evaluate(async () => {
      const image = await (await fetch("/noise.png")).blob();
      const session = window.lab.session();
      await session.editOrThrow({ model: "gpt-image-1", image, prompt: "calm", size: "1024x1024" });
    });
    const fractions = await page.evaluate(() => window.lab.fractions);
    expect(fractions.toSorted((a, b) => a - b)).toEqual(fractions);
    expect(fractions.at(-1)).toBe(1);
    expect(new Set(fractions).size).toBeGreaterThan(5);
    expect(site.mock.requests[0]?.bodyBytes).toBeGreaterThan(24 * 1024 * 1024);
  }, 120_000);
});
