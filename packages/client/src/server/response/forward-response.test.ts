import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { errorOf, key, payload, setUpProxy } from "../../fixtures/set-up-proxy.ts";

const proxy = setUpProxy();
const { handlerWith, post } = proxy;

describe("toUpstreamError", () => {
  const leaky = `Incorrect API key provided: ${key}. See https://platform.example/keys?sig=abc\u001b]0;owned\u0007`;
  const body = (code: string) =>
    JSON.stringify({ error: { message: leaky, type: "t", param: "size", code } });
  test.each([
    [400, 400, "bad_thing", "rejected"],
    [401, 502, "upstream_rejected_key", "rejected"],
    [403, 502, "upstream_rejected_key", "rejected"],
    [429, 429, "bad_thing", "rejected"],
    [500, 500, "bad_thing", "unknown"],
    [302, 502, "upstream_redirected", "unknown"],
    [308, 502, "upstream_redirected", "rejected"],
  ])("reports upstream's %i as %i, with its message but no secrets", async (theirs, ours, code, outcome) => {
    proxy.respond = (response) =>
      response
        .writeHead(theirs, {
          "content-type": "application/json",
          "retry-after": "7",
          location: "https://evil.example/",
        })
        .end(body("bad_thing"));
    const response = await handlerWith()(post());
    expect(response.headers.get("x-retouch-outcome")).toBe(outcome);
    const text = await response.clone().text();
    expect(await errorOf(response)).toMatchObject({ status: ours, code });
    for (const secret of [key, key.slice(3, 15), "platform.example", "evil.example", "127.0.0.1", "\u001b"]) {
      expect(text).not.toContain(secret);
    }
    expect(proxy.seen).toHaveLength(1);
  });

  test("reports HTML of a CDN only as its status", async () => {
    proxy.respond = (response) =>
      response.writeHead(524, { "content-type": "text/html" }).end("<html><h1>A timeout occurred</h1>");
    const proxyError = await errorOf(await handlerWith()(post()));
    expect(proxyError).toMatchObject({ status: 524, code: "upstream_524" });
    expect(proxyError.message).not.toMatch(/<|timeout occurred/);
  });

  test("reports an upstream that refuses connections as 502 and not sent", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const response = await handlerWith({ baseUrl: `http://127.0.0.1:${port}` })(post());
    expect(await errorOf(response)).toMatchObject({ status: 502, code: "upstream_unreachable" });
    expect(response.headers.get("x-retouch-outcome")).toBe("not-sent");
  });

  test("reports an upstream that closes the connection as 502 and unknown", async () => {
    proxy.respond = (response) => response.destroy();
    const response = await handlerWith()(post());
    expect(response.status).toBe(502);
    expect(response.headers.get("x-retouch-outcome")).toBe("unknown");
  });

  test("reports an upstream that takes longer than the runtime's fetch waits as 504", async () => {
    const cause = Object.assign(new Error("Headers Timeout Error"), { code: "UND_ERR_HEADERS_TIMEOUT" });
    const response = await handlerWith({
      fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
    })(post());
    expect(response.headers.get("x-retouch-outcome")).toBe("unknown");
    expect(await errorOf(response)).toMatchObject({ status: 504, code: "upstream_timeout" });
  });

  test("reports an upstream that never responds as 504", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    try {
      proxy.respond = () => vi.advanceTimersByTime(60_000);
      const response = await handlerWith({ timeoutMs: 60_000 })(post());
      expect(await errorOf(response)).toMatchObject({ status: 504, code: "upstream_timeout" });
    } finally {
      vi.useRealTimers();
    }
  });
});

test("forwards nothing of a 200 that is HTML", async () => {
  proxy.respond = (response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("\n <html>node-7.internal</html>");
  const response = await handlerWith()(post());
  expect(response.headers.get("x-retouch-outcome")).toBe("unknown");
  expect(await errorOf(response)).toMatchObject({ status: 502, code: "upstream_page" });
});

const drawing = `<!-- ${"drawn by hand ".repeat(60)}--><svg xmlns="http://www.w3.org/2000/svg"><a href="http://x.test"/></svg>`;

test.each([
  ["an SVG", "image/svg+xml", drawing.replace(/<!--.*?-->/, "")],
  ["an SVG with a declaration", "image/svg+xml", `<?xml version="1.0"?>\n${drawing}`],
  ["an SVG of no type", "application/octet-stream", '<svg xmlns="http://www.w3.org/2000/svg"/>'],
])(
  "forwards %s that is the body itself unchanged, as bytes that no browser renders",
  async (_, type, body) => {
    proxy.respond = (response) => response.writeHead(200, { "content-type": type }).end(body);
    const response = await handlerWith()(post());
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(await response.text()).toBe(body);
  },
);

test("forwards nothing of XML that is not an SVG", async () => {
  proxy.respond = (response) =>
    response
      .writeHead(200, { "content-type": "application/xml" })
      .end(`<?xml version="1.0"?><Error>${key}</Error>`);
  expect(await errorOf(await handlerWith()(post()))).toMatchObject({ status: 502, code: "upstream_page" });
});

test("forwards images declared as HTML as bytes that no browser renders", async () => {
  proxy.respond = (response) => {
    response.writeHead(200, { "content-type": "text/html" }).write("\n");
    response.end('{"data":[{"url":"https://x.example/<script>"}]}');
  };
  const response = await handlerWith()(post());
  expect(response.headers.get("content-type")).toBe("application/octet-stream");
  expect(await response.json()).toMatchObject({ data: [{}] });
});

test("quotes a message without its final period", async () => {
  proxy.respond = (response) =>
    response.writeHead(400).end(JSON.stringify({ error: { message: "Not like that." } }));
  expect((await errorOf(await handlerWith()(post()))).message).toBe(
    'Upstream answered 400: "Not like that". Nothing was billed.',
  );
});

test.each([408, 425, 799])(
  "responds with 502 to an upstream's %i, which a browser would misinterpret",
  async (status) => {
    proxy.respond = (response) => response.writeHead(status).end("{}");
    const response = await handlerWith()(post());
    expect(await errorOf(response)).toMatchObject({ status: 502, code: `upstream_${status}` });
    expect(response.headers.get("x-retouch-outcome")).toBe(status < 500 ? "rejected" : "unknown");
    expect(proxy.seen).toHaveLength(1);
  },
);

describe("responseHeaders", () => {
  const headersOf = async (headers: Record<string, string>, status = 200) => {
    proxy.respond = (response) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(payload);
    const response = await handlerWith()(post());
    await response.text();
    return response.headers;
  };

  test.each([
    ["retry-after", "7"],
    ["retry-after", "1.5"],
    ["retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"],
    ["retry-after-ms", "1500"],
    ["x-should-retry", "true"],
    ["x-should-retry", "false"],
    ["x-request-id", "req_0f-1.2:3"],
  ])("forwards the header %s: %s", async (name, value) => {
    for (const status of [200, 429])
      expect((await headersOf({ [name]: value }, status)).get(name)).toBe(value);
  });

  test("forwards the time until a rate limit is reset as a number", async () => {
    const reset = { "x-ratelimit-reset-tokens": "6m0s" };
    expect((await headersOf(reset, 429)).get("retry-after-ms")).toBe("360000");
    expect((await headersOf(reset, 200)).get("retry-after-ms")).toBeNull();
  });

  test.each([
    ["retry-after", key],
    ["retry-after", `7 ${key}`],
    ["retry-after", "Wed, 99 Oct 2026 07:28:00 GMT"],
    ["retry-after", "soon"],
    ["retry-after-ms", key.slice(3, 14)],
    ["retry-after-ms", "-1"],
    ["retry-after-ms", "0x10"],
    ["x-should-retry", key],
    ["x-should-retry", "true, false"],
    ["x-request-id", `req_${key}`],
    ["x-request-id", `req_${key.slice(3, 14)}`],
    ["x-request-id", Buffer.from(key).toString("base64url")],
    ["x-request-id", [...key].map((char) => char.charCodeAt(0).toString(16)).join("")],
    ["x-request-id", "req 1"],
    ["x-request-id", "10.0.0.5:8080"],
    ["x-request-id", "node-7.internal"],
  ])("does not forward the header %s: %s", async (name, value) => {
    for (const status of [200, 429])
      expect((await headersOf({ [name]: value }, status)).get(name)).toBeNull();
  });

  test("forwards no other header", async () => {
    const others = {
      location: "http://10.0.0.5:8080/",
      server: key,
      via: "1.1 node-7.internal",
      "alt-svc": 'h3="node-7.internal:443"',
      "content-type": `application/json; charset=${key}`,
      "x-ratelimit-remaining-requests": key,
      "openai-organization": "org-1",
      link: "<http://10.0.0.5:8080/>",
    };
    for (const status of [200, 302, 429, 500]) {
      const headers = await headersOf(others, status);
      expect([...headers.keys()].filter((name) => name in others)).toEqual(["content-type"]);
      expect(JSON.stringify([...headers])).not.toMatch(/sk-secret|10\.0\.0\.5|internal/);
    }
  });
});
