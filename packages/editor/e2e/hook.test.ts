import type { BrowserContext, Page } from "playwright";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exampleModel } from "../../react-hooks/src/generated/example-model.gen.ts";
import type {} from "./lab.tsx";
import { shareSite } from "./share-site.ts";

// A slow response takes 20 s: long enough to be replaced on a busy machine.
const shared = shareSite({ latencyMs: 500 });
let context: BrowserContext;
let page: Page;

beforeEach(async () => {
  context = await shared.browser.newContext();
  page = await openTab();
});

afterEach(() => context.close());

async function openTab(): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(`${shared.site.url}e2e/lab.html`);
  await tab.waitForFunction(() => window.lab !== undefined);
  return tab;
}

/** Starts an edit in the page, without waiting for it. */
async function start(prompt: string): Promise<void> {
  await page.evaluate(
    async ({ model, prompt: text }) => {
      const image = await (await fetch("/sample.png")).blob();
      void window.lab.session().edit({ model, image, prompt: text });
    },
    { model: exampleModel, prompt },
  );
}

const status = () => page.locator("output").textContent({ timeout: 5_000 });

describe("useImageEdit through the proxy", () => {
  it("two concurrent edits under StrictMode send one POST", async () => {
    await page.evaluate(() => window.lab.show("visible"));
    await start("a");
    await start("b");
    await vi.waitFor(async () => expect(await status()).toBe("success"), 60_000);
    expect(shared.site.mock.requests).toHaveLength(1);
  });

  it("unmounting aborts the request up to the server", async () => {
    shared.site.scenario = "hang";
    await page.evaluate(() => window.lab.show("visible"));
    await start("a");
    await shared.arrived();
    await page.evaluate(() => window.lab.show("unmounted"));
    await vi.waitFor(
      () => expect(shared.site.mock.requests[0]).toMatchObject({ aborted: true, done: true }),
      60_000,
    );
    expect(await page.evaluate(() => window.lab.liveUrls())).toBe(0);
  });

  it("a hidden <Activity> leaves the edit running", async () => {
    await page.evaluate(() => window.lab.show("visible"));
    await start("while hidden");
    await page.evaluate(() => window.lab.show("hidden"));
    await vi.waitFor(
      async () => expect(await page.evaluate(() => window.lab.finished)).toEqual(["while hidden"]),
      60_000,
    );
    await page.evaluate(() => window.lab.show("visible"));
    expect(await page.getByText("while hidden").isVisible()).toBe(true);
    expect(shared.site.mock.requests).toMatchObject([{ aborted: false, status: 200 }]);
  });

  it("an older response never replaces a newer one", async () => {
    await page.evaluate(() => window.lab.show("visible", { concurrency: "replace" }));
    shared.site.scenario = "slow";
    await start("older");
    await vi.waitFor(() => expect(shared.site.mock.requests[0]?.status).toBe(200), 60_000);
    shared.site.scenario = "ok";
    await start("newer");
    await vi.waitFor(async () => expect(await status()).toBe("success"), 60_000);
    await vi.waitFor(() => expect(shared.site.mock.requests[0]?.done).toBe(true), 60_000);
    expect(await page.locator("p").textContent()).toBe("newer");
    expect(await page.evaluate(() => window.lab.finished)).toEqual(["newer"]);
    expect(shared.site.mock.requests.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it("two tabs get their own images, and canceling in one leaves the other running", async () => {
    const [left, right] = [page, await openTab()];
    const edit = (tab: Page, size: string) =>
      tab.evaluate(
        async ({ model, size: wanted }) => {
          const image = await (await fetch("/sample.png")).blob();
          await window.lab.session().edit({ model, image, prompt: wanted, size: wanted as "auto" });
          const { status, outcome, current, steps } = window.lab.session().getSnapshot();
          const { width, height } = current ?? {};
          return { status, outcome, size: `${width}x${height}`, steps: steps.length };
        },
        { model: exampleModel, size },
      );
    for (const tab of [left, right]) await tab.evaluate(() => window.lab.show("visible"));

    const both = await Promise.all([edit(left, "1024x1536"), edit(right, "1536x1024")]);
    expect(both).toMatchObject([
      { status: "success", size: "1024x1536", steps: 2 },
      { status: "success", size: "1536x1024", steps: 2 },
    ]);

    shared.site.mock.reset();
    shared.site.scenario = "hang";
    const stopped = edit(left, "1024x1536");
    await shared.arrived();
    shared.site.scenario = "ok";
    shared.site.hold();
    const completed = edit(right, "1024x1024");
    await vi.waitFor(() => expect(shared.site.mock.requests).toHaveLength(2), 60_000);
    await left.evaluate(() => window.lab.session().cancel());
    expect(await stopped).toMatchObject({ status: "canceled", outcome: "unknown", size: "1024x1536" });
    shared.site.release();
    expect(await completed).toMatchObject({ status: "success", size: "1024x1024" });
    await expect.poll(() => shared.site.mock.requests.map(({ aborted }) => aborted)).toEqual([true, false]);
  });
});
