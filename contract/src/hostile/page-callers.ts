import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createImageEditHandler, toNodeListener } from "@retouch/client/server";
import { build } from "esbuild";
import type { Browser } from "playwright";
import { launchChromium } from "../runtimes/launch-chromium.ts";
import { type Caller, type Ended, key, maxAnswerBytes, timeoutMs, upstream } from "./callers.ts";

/** A page in Chromium, and the server with its image-edit proxy. */
export interface PageCallers {
  /** `page` holds the key itself; `page and proxy` has none. */
  readonly callers: Readonly<Record<string, Caller>>;
  close(): Promise<void>;
}

/** Starts the page. */
export async function startPageCallers(): Promise<PageCallers> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("in-page.js", import.meta.url))],
    bundle: true,
    format: "iife",
    write: false,
    logLevel: "error",
  });
  const script = outputFiles[0]?.text ?? "";
  let target = "";
  const handlers = new Map<string, ReturnType<typeof toNodeListener>>();
  const handlerFor = (path: string): ReturnType<typeof toNodeListener> => {
    const known = handlers.get(path);
    if (known) return known;
    const handle = createImageEditHandler({
      apiKey: key,
      baseUrl: upstream + path,
      authorize: () => true,
      timeoutMs,
      fetch: (url, init) => fetch(String(url).replace(upstream, target), init),
    });
    const listener = toNodeListener(handle);
    handlers.set(path, listener);
    return listener;
  };
  const server: Server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (request.method === "POST") void handlerFor(path.replace("/api", ""))(request, response);
    else
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Callers</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser: Browser = await launchChromium();
  const page = await browser.newPage();
  await page.route(`${upstream}/**`, async (route) => {
    const response = await route.fetch({ url: route.request().url().replace(upstream, target) });
    await route.fulfill({ response });
  });
  await page.goto(origin);
  await page.addScriptTag({ content: script });

  const call =
    (isProxied: boolean): Caller =>
    async (baseUrl, image) => {
      const { origin: host, pathname } = new URL(baseUrl);
      target = host;
      const options = isProxied
        ? { url: `${origin}/api${pathname}`, timeoutMs: 2 * timeoutMs, maxAnswerBytes }
        : { apiKey: key, baseUrl, dangerouslyAllowBrowser: true, timeoutMs, maxAnswerBytes };
      const input = JSON.stringify({ options, image: [...image] });
      // As text: the transform of this file must not change what runs in the page.
      return page.evaluate<Ended>(`globalThis.editInPage(${input})`);
    };
  return {
    callers: { page: call(false), "page-and-proxy": call(true) },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
