import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../e2e/launch-chromium.ts";
import { model, pixel, secretKey } from "../server/fixtures/start-editor.ts";
import { createWorkplace, type Workplace } from "./fixtures/run-editor.ts";

// The command and its page, as a browser sees them; a page on another port of this machine, which gets the cookie too.

let place: Workplace;
let mock: MockServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let origin: string;
const received: Promise<string>[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  [place, mock, browser] = await Promise.all([
    createWorkplace(),
    startMockServer({ apiKey: secretKey }),
    launchChromium(),
  ]);
  const env = { RETOUCH_API_KEY: secretKey };
  const editor = place.start(
    ["--no-open", "--port", "0", "--base-url", `${mock.url}/v1`, "--query", "a=b"],
    env,
  );
  const link = await editor.link;
  ({ origin } = new URL(link));
  context = await browser.newContext();
  page = await context.newPage();
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  context.on("response", (response) => {
    const head = JSON.stringify(response.headers());
    received.push(
      response.text().then(
        (body) => head + body,
        () => head, // a redirect has no body
      ),
    );
  });
  await page.goto(link);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await Promise.all([place.remove(), mock.close()]);
});

it("opens the page without the token in its URL, and runs it under its policy", async () => {
  expect(page.url()).toBe(`${origin}/`);
  await page.getByRole("heading", { name: "Retouch" }).waitFor();
  expect(await page.evaluate(() => document.cookie)).toBe("");
  await page.reload();
  await page.getByRole("heading", { name: "Retouch" }).waitFor();
  const worker = page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const url = URL.createObjectURL(new Blob(["postMessage('ran')"], { type: "text/javascript" }));
        const started = new Worker(url);
        started.onmessage = ({ data }) => resolve(data);
        started.onerror = reject;
      }),
  );
  expect(await worker).toBe("ran");
  expect(complaints).toEqual([]);
});

it("edits, and the key is in no byte that reached the browser", async () => {
  const status = page.evaluate(
    async ({ bytes, model }) => {
      const form = new FormData();
      form.append("model", model);
      form.append("prompt", "make it dusk");
      form.append("image", new Blob([new Uint8Array(bytes)], { type: "image/png" }), "a.png");
      const accepted = await fetch("/api/image-edit", { method: "POST", body: form });
      const { job } = await accepted.json();
      const result = await fetch(`/api/image-edit?job=${job.id}`);
      await result.json();
      return result.status;
    },
    { bytes: [...pixel], model },
  );
  expect(await status).toBe(200);
  const texts = (await Promise.all(received)).join("\n");
  expect(texts).toContain("b64_json");
  for (let at = 0; at + 8 <= secretKey.length; at++) expect(texts).not.toContain(secretKey.slice(at, at + 8));
});

it("knows the flags of its server, for the command that makes an edit again", async () => {
  const session = await page.evaluate(async () => (await fetch("/api/session")).json());
  expect(session).toMatchObject({ flags: ["--base-url", `${mock.url}/v1`, "--query", "a=b"] });
});

it("a page on another port, which sends the cookie, gets nothing", async () => {
  const html = `<!doctype html><title>attacker</title>
    <iframe src="${origin}/"></iframe><img src="${origin}/sample.png"><script src="${origin}/api/session"></script>`;
  const cookies: string[] = [];
  const attacker = createServer((request, response) => {
    cookies.push(request.headers.cookie ?? "");
    response.setHeader("content-type", "text/html").end(html);
  });
  await new Promise<void>((resolve) => attacker.listen(0, "127.0.0.1", resolve));
  try {
    mock.reset();
    const other = await context.newPage();
    const ends: [path: string, end: number | "blocked"][] = [];
    const note = (url: string, end: number | "blocked") => {
      if (url.startsWith(origin)) ends.push([new URL(url).pathname, end]);
    };
    other.on("response", (response) => note(response.url(), response.status()));
    other.on("requestfailed", (request) => note(request.url(), "blocked"));
    await other.goto(`http://127.0.0.1:${(attacker.address() as AddressInfo).port}/`);
    expect(cookies[0]).toContain("retouch_editor_"); // why an origin is compared with its port
    const sent = other.evaluate(async (target) => {
      const form = new FormData();
      form.append("prompt", "x");
      const post = { method: "POST", credentials: "include" } as const;
      const results = await Promise.all([
        fetch(`${target}/api/session`, { credentials: "include" }).catch(() => "refused"),
        fetch(`${target}/api/image-edit`, { ...post, body: form }).catch(() => "refused"),
        fetch(`${target}/api/image-edit`, { ...post, body: form, mode: "no-cors" }).catch(() => "refused"),
      ]);
      const element = document.body.appendChild(document.createElement("form"));
      Object.assign(element, { method: "post", enctype: "multipart/form-data", target: "_blank" });
      element.action = `${target}/api/image-edit`;
      element.submit();
      return results;
    }, origin);
    const [popup, results] = await Promise.all([context.waitForEvent("page"), sent]);
    expect(results).toEqual(["refused", "refused", "refused"]);
    await popup.waitForLoadState();
    expect(await popup.textContent("body")).toContain("origin_not_allowed");
    const naturalWidth = await other.evaluate(() => document.querySelector("img")?.naturalWidth);
    expect(naturalWidth).toBe(0);
    expect(ends.map(([path]) => path)).toEqual(
      expect.arrayContaining(["/", "/sample.png", "/api/session", "/api/image-edit"]),
    );
    expect(ends.filter(([, end]) => end !== 403 && end !== "blocked")).toEqual([]);
    expect(mock.requests).toEqual([]);
  } finally {
    attacker.closeAllConnections();
    attacker.close();
  }
});
