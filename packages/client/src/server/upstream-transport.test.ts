import { afterEach, expect, test, vi } from "vitest";
import { setUpProxy } from "../fixtures/set-up-proxy.ts";

const proxy = setUpProxy();

afterEach(() => void vi.unstubAllGlobals());

/** The `user-agent` that upstream saw, which differs between `node:http` and `fetch`. */
const senderOf = (at = 0) => proxy.seen[at]?.headers["user-agent"];

test("sends from Node by `node:http`, whatever the global fetch is, and with a given fetch by that", async () => {
  const { fetch } = globalThis;
  const fetched = vi.fn(fetch);
  vi.stubGlobal("fetch", fetched);
  expect((await proxy.handlerWith()(proxy.post())).status).toBe(200);
  expect(fetched).not.toHaveBeenCalled();
  expect(senderOf()).toBe("retouch");
  expect((await proxy.handlerWith({ fetch: fetched })(proxy.post())).status).toBe(200);
  expect(fetched).toHaveBeenCalledOnce();
});

test("sends from Workers by fetch, although workerd reports a version of Node", async () => {
  vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
  expect((await proxy.handlerWith()(proxy.post())).status).toBe(200);
  expect(senderOf()).not.toBe("retouch");
});

test("takes a network proxy from the environment only where Node's fetch would", async () => {
  vi.stubEnv("HTTP_PROXY", proxy.url);
  // Not a loopback name, which is never proxied; without a proxy, the connection is refused.
  const options = { baseUrl: "http://0.0.0.0:9", allowInsecureHttp: true } as const;
  const statuses: number[] = [];
  for (const value of ["0", "1"]) {
    vi.stubEnv("NODE_USE_ENV_PROXY", value);
    statuses.push((await proxy.handlerWith(options)(proxy.post())).status);
  }
  vi.unstubAllEnvs();
  expect(statuses).toEqual([502, 200]);
});
