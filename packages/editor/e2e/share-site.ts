import type { Browser, BrowserContextOptions } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from "vitest";
import { EditorPage } from "./editor-page.ts";
import { openBrowser } from "./open-browser.ts";
import { type Site, type SiteOptions, startSite } from "./start-site.ts";

/** What the tests of a file share: a site that is reset before each test, and a browser. */
export interface SharedSite {
  readonly site: Site;
  readonly browser: Browser;
  /** Opens the page of the editor, which is closed after the test. */
  openEditor(options?: BrowserContextOptions): Promise<EditorPage>;
  /** Waits until the mock has the first form. */
  arrived(): Promise<void>;
}

/** Starts a site and a browser for the tests of a file. Its properties are there within a test. */
export function shareSite(options?: SiteOptions): SharedSite {
  let shared: Pick<SharedSite, "site" | "browser">;
  const opened: EditorPage[] = [];
  beforeAll(async () => {
    const [site, browser] = await Promise.all([startSite(options), openBrowser()]);
    shared = { site, browser };
  });
  afterAll(async () => {
    await shared.browser.close();
    await shared.site.close();
  });
  beforeEach(() => {
    shared.site.scenario = "ok";
    shared.site.responses.length = 0;
    shared.site.mock.reset();
  });
  afterEach(async () => {
    for (const editor of opened.splice(0)) await editor.close();
  });
  return {
    get site() {
      return shared.site;
    },
    get browser() {
      return shared.browser;
    },
    async openEditor(context) {
      const editor = await EditorPage.open(shared.browser, shared.site.url, context);
      opened.push(editor);
      return editor;
    },
    async arrived() {
      await vi.waitFor(() => expect(shared.site.mock.requests[0]?.parts.length).toBeGreaterThan(0), 60_000);
    },
  };
}
