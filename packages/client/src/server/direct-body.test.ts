import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { setUpProxy } from "../fixtures/set-up-proxy.ts";
import type { ImageEditHandler } from "./handler-options.ts";
import { toNodeListener } from "./to-node-listener.ts";

const proxy = setUpProxy();

test.each<[string, (handler: ImageEditHandler) => ImageEditHandler]>([
  ["nothing", (handler) => handler],
  [
    "a wrapper that read the form, and made another request and another response",
    (handler) => async (request) => {
      const { url, method, headers } = request;
      const response = await handler(
        new Request(url, { method, headers, body: await request.arrayBuffer() }),
      );
      return new Response(await response.text(), response);
    },
  ],
  [
    "a wrapper that looked into clones",
    (handler) => async (request) => {
      expect((await request.clone().formData()).get("prompt")).toBe("Add a hat");
      const response = await handler(request);
      expect(await response.clone().text()).toMatch(/^\{"created"/);
      return response;
    },
  ],
  [
    "a wrapper that began to read the response",
    (handler) => async (request) => {
      const response = await handler(request);
      const reader = response.body?.getReader();
      const { value } = (await reader?.read()) ?? {};
      reader?.releaseLock();
      return new Response(value as Uint8Array<ArrayBuffer>, response);
    },
  ],
])("forwards form and response with %s around the handler", async (_, wrap) => {
  const server = createServer(toNodeListener(wrap(proxy.handlerWith({ authorize: "public" }))));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
    method: "POST",
    body: proxy.formOf(),
  });
  expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(/^\{"created".*\}$/)]);
  expect(proxy.seen).toHaveLength(1);
  server.close();
  server.closeAllConnections();
});
