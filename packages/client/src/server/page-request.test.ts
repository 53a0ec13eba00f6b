import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { setUpProxy } from "../fixtures/set-up-proxy.ts";
import type { ImageEditHandler } from "./handler-options.ts";
import { memoryJobStore } from "./jobs/job-store.ts";
import { toNodeListener } from "./to-node-listener.ts";

const proxy = setUpProxy();

async function overNode(handler: ImageEditHandler): Promise<Response> {
  const server = createServer(toNodeListener(handler)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/image-edit?x=1`;
  const headers = { "x-user": "ada", "sec-fetch-site": "same-origin" };
  const response = await fetch(url, { method: "POST", body: proxy.formOf(), headers });
  await response.arrayBuffer();
  server.close();
  server.closeAllConnections();
  return response;
}

test("shows `authorize`, `rateLimit` and the owner of jobs a web request, also on Node", async () => {
  const seen: string[] = [];
  const see = (by: string, { method, url, headers }: Request): void => {
    seen.push(`${by}: ${method} ${new URL(url).search} ${headers.get("x-user")}`);
  };
  const handler = proxy.handlerWith({
    authorize(request) {
      see("authorize", request);
      return true;
    },
    rateLimit(request) {
      see("rateLimit", request);
      return { allowed: true };
    },
    jobs: {
      store: memoryJobStore(),
      owner(request) {
        see("owner", request);
        return "ada";
      },
    },
  });
  expect((await overNode(handler)).status).toBe(202);
  expect(seen).toEqual(["authorize: POST ?x=1 ada", "rateLimit: POST ?x=1 ada", "owner: POST ?x=1 ada"]);
});
