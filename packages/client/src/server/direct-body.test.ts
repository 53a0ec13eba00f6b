import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { noise } from "../fixtures/noise.ts";
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

test("forwards every byte of large images that arrive at once", async () => {
  const server = createServer(toNodeListener(proxy.handlerWith({ authorize: "public" })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const images = [1, 2, 3, 4].map((seed) => Buffer.concat([proxy.png, Buffer.of(seed), noise(3_000_000)]));
  const statuses = images.map(async (image) => {
    const form = proxy.formOf({ image: new Blob([image]) });
    return (await fetch(url, { method: "POST", body: form })).status;
  });
  expect(await Promise.all(statuses)).toEqual([200, 200, 200, 200]);
  const isSent = (image: Buffer) => proxy.seen.some(({ body }) => body.includes(image.toString("latin1")));
  expect(images.map(isSent)).toEqual([true, true, true, true]);
  server.close();
  server.closeAllConnections();
});
