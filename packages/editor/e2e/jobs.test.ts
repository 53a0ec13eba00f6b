import { memoryJobStore } from "@retouch/client/server";
import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type {} from "./lab.tsx";
import { openBrowser } from "./open-browser.ts";
import { type Site, startSite } from "./start-site.ts";

let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  site = await startSite({ jobs: { store: memoryJobStore(), owner: () => "visitor" } });
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
  tab.on("dialog", (dialog) => dialog.accept());
  await tab.goto(`${site.url}e2e/lab.html`);
  await tab.waitForFunction(() => window.lab !== undefined);
  await tab.evaluate(() => window.lab.show("visible", { stored: "document" }));
  await tab.waitForFunction(() => window.lab.session().getSnapshot().storage.status === "ready");
  return tab;
}

const start = () =>
  page.evaluate(async () => {
    const image = await (await fetch("/sample.png")).blob();
    void window.lab.session().edit({ model: "gpt-image-1", image, prompt: "make it night" });
  });

const runOf = (tab: Page) =>
  tab.evaluate(() => {
    const { runs, steps, current } = window.lab.session().getSnapshot();
    const { status, outcome, error } = runs.at(-1) ?? {};
    const { code } = (error ?? {}) as { readonly code?: string };
    return { status, outcome, code, steps: steps.length, prompt: current?.params?.["prompt"] };
  });

const arrived = () =>
  vi.waitFor(() => expect(site.mock.requests[0]?.parts.length).toBeGreaterThan(0), 60_000);
const finished = { status: "success", steps: 2, prompt: "make it night" };

describe("a proxy with jobs", () => {
  it("a reload in mid-edit collects the image, and upstream sees one POST", async () => {
    site.scenario = "slow";
    await start();
    await arrived();
    await page.close();
    page = await openTab();
    await expect.poll(() => runOf(page)).toMatchObject(finished);
    expect(site.mock.requests).toMatchObject([{ aborted: false, status: 200 }]);
    page = await openTab();
    expect(await runOf(page)).toMatchObject({ steps: 2 });
  });

  it("an edit without a reload is followed, however often the connection breaks", async () => {
    site.scenario = "slow";
    await start();
    await arrived();
    for (const _ of [1, 2]) site.cutConnections(true);
    site.cutConnections(false);
    await expect.poll(() => runOf(page)).toMatchObject(finished);
    expect(site.mock.requests).toHaveLength(1);
  });

  it("canceling reaches the server, and unmounting too", async () => {
    site.scenario = "hang";
    await start();
    await arrived();
    await page.evaluate(() => window.lab.session().cancel());
    await vi.waitFor(() => expect(site.mock.requests[0]).toMatchObject({ aborted: true }), 60_000);
    expect(await runOf(page)).toMatchObject({ status: "canceled", outcome: "unknown", code: "canceled" });
    site.mock.reset();
    await start();
    await arrived();
    await page.evaluate(() => window.lab.show("unmounted"));
    await vi.waitFor(() => expect(site.mock.requests[0]).toMatchObject({ aborted: true }), 60_000);
    expect(await page.evaluate(() => window.lab.liveUrls())).toBe(0);
  });

  it("two tabs of one session send an edit once, whichever of them is closed", async () => {
    const other = await openTab();
    site.scenario = "slow";
    await start();
    await arrived();
    expect(await runOf(other)).toMatchObject({ steps: 0 });
    await expect.poll(() => runOf(page)).toMatchObject(finished);
    await expect.poll(() => runOf(other)).toMatchObject({ steps: 2 });
    await page.close();
    page = await openTab();
    expect(await runOf(page)).toMatchObject({ steps: 2 });
    expect(site.mock.requests).toHaveLength(1);
  });
});
