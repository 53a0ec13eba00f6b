import { type MockServer, startMockServer } from "@retouch/mock/server";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createWorkplace, type Workplace } from "../../bin/fixtures/run-editor.ts";
import { secretKey } from "../../server/fixtures/start-editor.ts";
import { EditorPage } from "../editor-page.ts";
import { launchChromium } from "../launch-chromium.ts";

// It waits as long as the page does before it says that its server is lost.

let place: Workplace;
let mock: MockServer;
let browser: Browser;

beforeAll(async () => {
  [place, mock, browser] = await Promise.all([
    createWorkplace(),
    startMockServer({ apiKey: secretKey }),
    launchChromium(),
  ]);
});
afterAll(async () => {
  await browser.close();
  await Promise.all([place.remove(), mock.close()]);
});

it("says what may have been billed while its server is suspended, stopped, and started again", async () => {
  const argv = ["--no-open", "--base-url", mock.url, "--header", "x-mock-scenario:hang"];
  const server = place.start([...argv, "--port", "0"], { RETOUCH_API_KEY: secretKey });
  const link = await server.link;
  const opened = await EditorPage.open(browser, link);
  const { page: tab } = opened;
  const atWork = tab.getByText("The model is at work");
  const mayBeBilled = tab.getByText("This edit was sent, and may have been billed.");
  try {
    await opened.editSample("make it dusk");
    await atWork.waitFor();
    server.kill("SIGSTOP");
    await tab.getByText("The server of this page does not respond").waitFor();
    await mayBeBilled.waitFor();
    expect(await atWork.count()).toBe(0);
    server.kill("SIGCONT");
    await atWork.waitFor();
    server.kill("SIGINT");
    await server.says(/1 edit is running/);
    server.kill("SIGINT");
    await tab.getByText("The server of this page cannot be reached").waitFor();
    await mayBeBilled.waitFor();
    const later = place.start([...argv, "--port", new URL(link).port], { RETOUCH_API_KEY: secretKey });
    const newLink = await later.link;
    await tab.getByText("This page is not signed in to its server any more").waitFor();
    const newTab = await opened.context.newPage();
    await newTab.goto(newLink);
    await newTab.getByRole("heading", { name: "Retouch" }).waitFor();
    await opened.button("Try again (may be billed twice)").click();
    await tab.getByText("The server of this page stopped during this edit").waitFor();
    expect(mock.requests).toHaveLength(1);
  } finally {
    await opened.close();
  }
});
