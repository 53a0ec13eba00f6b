import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { EditorPage, phone } from "../e2e/editor-page.ts";
import { launchChromium } from "../e2e/launch-chromium.ts";
import { pixel, secretKey } from "../server/fixtures/start-editor.ts";
import { createWorkplace, type Workplace } from "./fixtures/run-editor.ts";

/** The streams of the edits that have arrived: the test writes their events. */
const streams: ServerResponse[] = [];
const server = createServer((request, response) => {
  request.resume().on("end", () => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    streams.push(response);
  });
});
let place: Workplace;
let browser: Browser;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  [place, browser] = await Promise.all([createWorkplace(), launchChromium()]);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await place.remove();
  server.closeAllConnections();
  server.close();
});

const eventOf = (type: string, fields: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, b64_json: pixel.toString("base64"), ...fields })}\n\n`;

it("shows each preview as it arrives while an edit is made as a job, and then its image", async () => {
  const { port } = server.address() as AddressInfo;
  const argv = ["--no-open", "--port", "0", "--base-url", `http://127.0.0.1:${port}`];
  const editor = place.start(argv, { RETOUCH_API_KEY: secretKey });
  const opened = await EditorPage.open(browser, await editor.link, phone);
  const { page } = opened;
  await opened.editSample("make it snow");
  await vi.waitFor(() => expect(streams).toHaveLength(1), 60_000);
  streams[0]?.write(eventOf("image_edit.partial_image", { partial_image_index: 0 }));
  await page.getByAltText("A preview of the edit").waitFor();
  await page.getByText("Preview 1. The model is at work").waitFor();
  await opened.said.getByText("Preview 1 of the edit").waitFor();
  streams[0]?.write(eventOf("image_edit.partial_image", { partial_image_index: 1 }));
  await page.getByText("Preview 2. The model is at work").waitFor();
  streams[0]?.end(eventOf("image_edit.completed", {}));
  await opened.compare.waitFor();
  expect(await page.getByAltText("A preview of the edit").count()).toBe(0);
  expect(streams).toHaveLength(1);
});
