import { memoryJobStore } from "@retouch/client/server";
import type { BrowserContext, Page } from "playwright";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exampleModel } from "../../react-hooks/src/generated/example-model.gen.ts";
import type {} from "./lab.tsx";
import { shareSite } from "./share-site.ts";

const shared = shareSite({ jobs: { store: memoryJobStore(), owner: () => "visitor" } });
let context: BrowserContext;
let page: Page;

beforeEach(async () => {
  context = await shared.browser.newContext();
  page = await openTab();
});

afterEach(() => context.close());

async function openTab(): Promise<Page> {
  const tab = await context.newPage();
  tab.on("dialog", (dialog) => dialog.accept());
  await tab.goto(`${shared.site.url}e2e/lab.html`);
  await tab.waitForFunction(() => window.lab !== undefined);
  await tab.evaluate(() => window.lab.show("visible", { stored: "document" }));
  await tab.waitForFunction(() => window.lab.session().getSnapshot().storage.status === "ready");
  return tab;
}

const start = () =>
  page.evaluate(async (model) => {
    const image = await (await fetch("/sample.png")).blob();
    void window.lab.session().edit({ model, image, prompt: "make it night" });
  }, exampleModel);

const runOf = (tab: Page) =>
  tab.evaluate(() => {
    const { runs, steps, current } = window.lab.session().getSnapshot();
    const { status, outcome, error } = runs.at(-1) ?? {};
    const { code } = (error ?? {}) as { readonly code?: string };
    return { status, outcome, code, steps: steps.length, prompt: current?.params?.["prompt"] };
  });

const finished = { status: "success", steps: 2, prompt: "make it night" };

describe("a proxy with jobs", () => {
  it("a reload in mid-edit collects the image, and upstream sees one POST", async () => {
    shared.site.hold();
    await start();
    await shared.arrived();
    await page.close();
    page = await openTab();
    shared.site.release();
    await expect.poll(() => runOf(page)).toMatchObject(finished);
    expect(shared.site.mock.requests).toMatchObject([{ aborted: false, status: 200 }]);
    page = await openTab();
    expect(await runOf(page)).toMatchObject({ steps: 2 });
  });

  it("an edit without a reload is followed, however often the connection breaks", async () => {
    shared.site.hold();
    await start();
    await shared.arrived();
    for (const _ of [1, 2]) shared.site.cutConnections(true);
    shared.site.cutConnections(false);
    shared.site.release();
    await expect.poll(() => runOf(page)).toMatchObject(finished);
    expect(shared.site.mock.requests).toHaveLength(1);
  });

  it("canceling reaches the server, and unmounting too", async () => {
    shared.site.scenario = "hang";
    await start();
    await shared.arrived();
    await page.evaluate(() => window.lab.session().cancel());
    await vi.waitFor(() => expect(shared.site.mock.requests[0]).toMatchObject({ aborted: true }), 60_000);
    expect(await runOf(page)).toMatchObject({ status: "canceled", outcome: "unknown", code: "canceled" });
    shared.site.mock.reset();
    await start();
    await shared.arrived();
    await page.evaluate(() => window.lab.show("unmounted"));
    await vi.waitFor(() => expect(shared.site.mock.requests[0]).toMatchObject({ aborted: true }), 60_000);
    expect(await page.evaluate(() => window.lab.liveUrls())).toBe(0);
  });

  it("two tabs of one session send an edit once, whichever of them is closed", async () => {
    const other = await openTab();
    shared.site.hold();
    await start();
    await shared.arrived();
    expect(await runOf(other)).toMatchObject({ steps: 0 });
    shared.site.release();
    await expect.poll(() => runOf(page)).toMatchObject(finished);
    await expect.poll(() => runOf(other)).toMatchObject({ steps: 2 });
    await page.close();
    page = await openTab();
    expect(await runOf(page)).toMatchObject({ steps: 2 });
    expect(shared.site.mock.requests).toHaveLength(1);
  });
});
