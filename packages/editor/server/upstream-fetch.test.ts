import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { createImageEditHandler } from "@retouch/client/server";
import { afterEach, expect, it, vi } from "vitest";
import { pixel } from "./fixtures/start-editor.ts";
import { createUpstreamFetch } from "./upstream-fetch.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) close();
});

/** A server that responds as `respond` says, once it has read the request. */
async function serve(
  respond: (request: IncomingMessage, body: Buffer) => [status: number, headers?: Record<string, string>],
) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const [status, headers = {}] = respond(request, Buffer.concat(chunks));
    response.writeHead(status, { "content-type": "application/json", "x-two": ["a", "b"], ...headers });
    response.end(JSON.stringify({ data: [{ b64_json: pixel.toString("base64") }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Posts an edit through the proxy. */
async function post(baseUrl: string, bytes: Uint8Array<ArrayBuffer> = new Uint8Array(pixel)) {
  const fetch = createUpstreamFetch({ headers: { "x-team": "design" }, query: { "api-version": "v1" } });
  const handler = createImageEditHandler({
    apiKey: "key-0123456789",
    baseUrl,
    allowInsecureHttp: true,
    authorize: "public",
    fetch,
  });
  const body = new FormData();
  body.append("model", "acme-1");
  body.append("prompt", "make it dusk");
  body.append("image", new Blob([bytes], { type: "image/png" }), "a.png");
  return handler(new Request("http://localhost/api/image-edit", { method: "POST", body }));
}

it("sends a form of any size with its length, the headers and the query", async () => {
  const seen: { url: string | undefined; length: number; headers: IncomingMessage["headers"] }[] = [];
  const url = await serve(({ url, headers }, body) => {
    seen.push({ url, length: body.length, headers });
    return [200];
  });
  const large = new Uint8Array(2_000_000);
  large.set(pixel);
  for (const bytes of [new Uint8Array(pixel), large]) {
    const response = await post(url, bytes);
    expect(await response.json()).toMatchObject({ data: [{ b64_json: expect.stringMatching(/^iVBOR/) }] });
  }
  for (const { url: target, length, headers } of seen) {
    expect(target).toBe("/v1/images/edits?api-version=v1");
    expect(headers).toMatchObject({
      authorization: "Bearer key-0123456789",
      "content-length": String(length),
      "x-team": "design",
    });
  }
  expect(seen.map(({ length }) => length > 2_000_000)).toEqual([false, true]);
});

it("follows no redirect, which would send the key elsewhere", async () => {
  let count = 0;
  const url = await serve(() => {
    count += 1;
    return [307, { location: "/elsewhere" }];
  });
  const response = await post(url);
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ error: { code: "upstream_redirected" } });
  expect(count).toBe(1);
});

it("lets the proxy know that a server without a connection got nothing", async () => {
  const url = await serve(() => [200]);
  for (const close of closers.splice(0)) close();
  const response = await post(url);
  expect(response.headers.get("x-retouch-outcome")).toBe("not-sent");
  expect(await response.json()).toMatchObject({ error: { code: "upstream_unreachable" } });
});

it("uses the proxy of the environment, and reports a status that cannot be", async () => {
  const seen: (string | undefined)[] = [];
  const proxy = await serve(({ url, headers }) => {
    seen.push(url, headers.host);
    return [999];
  });
  vi.stubEnv("http_proxy", proxy);
  const response = await post("http://upstream.invalid");
  expect(seen).toEqual(["http://upstream.invalid/v1/images/edits?api-version=v1", "upstream.invalid"]);
  expect(response.headers.get("x-retouch-outcome")).toBe("unknown");
});
