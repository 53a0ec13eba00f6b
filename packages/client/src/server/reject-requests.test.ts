import { describe, expect, test, vi } from "vitest";
import { disposition, errorOf, key, setUpProxy } from "../fixtures/set-up-proxy.ts";
import type { ImageEditHandlerOptions } from "./handler-options.ts";

const proxy = setUpProxy();
const { formOf, handlerWith, post, postRaw } = proxy;

describe("a request that is rejected", () => {
  const garbage = new Blob(["not an image at all"]);
  const twoImages = () => [new Blob([new Uint8Array(proxy.png)]), new Blob([new Uint8Array(proxy.png)])];
  const cases: [string, Partial<ImageEditHandlerOptions>, () => Request, number, string][] = [
    ["GET", {}, () => new Request("https://app.example.com/"), 405, "method_not_allowed"],
    [
      "OPTIONS without an origin",
      {},
      () => new Request("https://app.example.com/", { method: "OPTIONS" }),
      405,
      "method_not_allowed",
    ],
    [
      "a foreign site",
      {},
      () => post(undefined, { "sec-fetch-site": "cross-site", origin: "https://evil.example" }),
      403,
      "origin_not_allowed",
    ],
    [
      "a page of another origin with Sec-Fetch-Site none",
      {},
      () => post(undefined, { "sec-fetch-site": "none", origin: "https://evil.example" }),
      403,
      "origin_not_allowed",
    ],
    [
      "a sibling site",
      {},
      () => post(undefined, { "sec-fetch-site": "same-site", origin: "https://x.example.com" }),
      403,
      "origin_not_allowed",
    ],
    [
      "only a foreign Origin",
      {},
      () => post(undefined, { origin: "https://evil.example" }),
      403,
      "origin_not_allowed",
    ],
    [
      "a page of the same host over plain http",
      {},
      () => post(undefined, { origin: "http://app.example.com" }),
      403,
      "origin_not_allowed",
    ],
    ["Origin null", {}, () => post(undefined, { origin: "null" }), 403, "origin_not_allowed"],
    ["JSON", {}, () => post("{}", { "content-type": "application/json" }), 415, "not_multipart"],
    [
      "a form without boundary",
      {},
      () => post("x", { "content-type": "multipart/form-data" }),
      415,
      "not_multipart",
    ],
    [
      "an announced length over the limit",
      { limits: { maxBodyBytes: 10 } },
      () => post(undefined, { "content-length": "11" }),
      413,
      "request_too_large",
    ],
    [
      "a real length over the limit",
      { limits: { maxBodyBytes: 10 } },
      () => post(),
      413,
      "request_too_large",
    ],
    [
      "a body that was already read",
      {},
      () => post("", { "content-length": "9999", "content-type": "multipart/form-data; boundary=x" }),
      400,
      "incomplete_body",
    ],
    [
      "a body shorter than announced",
      {},
      () => post(undefined, { "content-length": "9999" }),
      400,
      "incomplete_body",
    ],
    ["authorize that returns false", { authorize: () => false }, () => post(), 401, "not_authorized"],
    [
      "authorize that returns a user",
      { authorize: (() => ({ id: 1 })) as never },
      () => post(),
      401,
      "not_authorized",
    ],
    [
      "authorize that returns nothing",
      { authorize: (() => undefined) as never },
      () => post(),
      401,
      "not_authorized",
    ],
    [
      "authorize that throws",
      { authorize: () => Promise.reject(new Error(key)) },
      () => post(),
      500,
      "proxy_failed",
    ],
    ["a key function without a key", { apiKey: () => "" }, () => post(), 500, "missing_api_key"],
    [
      "rateLimit that rejects",
      { rateLimit: () => ({ allowed: false, retryAfterMs: 1500 }) },
      () => post(),
      429,
      "rate_limited",
    ],
    [
      "rateLimit that returns no verdict",
      { rateLimit: (() => ({})) as never },
      () => post(),
      429,
      "rate_limited",
    ],
    ["no prompt", {}, () => post(formOf({ prompt: undefined })), 400, "missing"],
    ["no image", {}, () => post(formOf({ image: undefined })), 400, "missing"],
    ["a text file as image", {}, () => post(formOf({ image: garbage })), 400, "invalid_image"],
    ["an image that is text", {}, () => post(formOf({ image: "text" })), 400, "wrong_type"],
    ["a prompt that is a file", {}, () => post(formOf({ prompt: garbage })), 400, "wrong_type"],
    [
      "a prompt that is given twice",
      {},
      () => post(formOf({ prompt: ["a", "b"] })),
      400,
      "duplicate_parameter",
    ],
    [
      "a prompt in another encoding",
      {},
      () => postRaw([`${disposition("prompt")}\r\n\r\ncaf\u00e9`]),
      400,
      "bad_encoding",
    ],
    [
      "a field named like a property of every object",
      {},
      () => post(formOf({ ["__proto__"]: "x" })),
      400,
      "unknown_field",
    ],
    ["a field in upper case", {}, () => post(formOf({ Prompt: "x" })), 400, "unknown_field"],
    [
      "an image whose index is not a number",
      {},
      () => post(formOf({ "image[x]": garbage })),
      400,
      "wrong_type",
    ],
    [
      "ten thousand parts",
      {},
      () => postRaw(Array.from({ length: 10_000 }, () => `${disposition("user")}\r\n\r\n`)),
      400,
      "malformed_form",
    ],
    [
      "a boundary that is too long",
      {},
      () => post("x", { "content-type": `multipart/form-data; boundary=${"b".repeat(71)}` }),
      415,
      "not_multipart",
    ],
    [
      "two contradicting origin headers",
      {},
      () => post(undefined, { "sec-fetch-site": "same-origin, cross-site" }),
      403,
      "origin_not_allowed",
    ],
    ["an unknown field", {}, () => post(formOf({ webhook: "https://x" })), 400, "unknown_field"],
    ["n over the limit", { limits: { maxN: 1 } }, () => post(formOf({ n: "2" })), 400, "over_limit"],
    ["n in hex", {}, () => post(formOf({ n: "0x1" })), 400, "out_of_range"],
    ["n of 1e0", {}, () => post(formOf({ n: "1e0" })), 400, "out_of_range"],
    [
      "too many images",
      { limits: { maxImages: 1 } },
      () => post(formOf({ image: twoImages() })),
      400,
      "over_limit",
    ],
    ["a long prompt", { limits: { maxPromptLength: 3 } }, () => post(), 400, "over_limit"],
    ["a model off the list", { allow: { models: ["flux-kontext-pro"] } }, () => post(), 400, "not_allowed"],
    [
      "no model with a list",
      { allow: { models: ["gpt-image-1"] } },
      () => post(formOf({ model: undefined })),
      400,
      "not_allowed",
    ],
    [
      "a size off the list",
      { allow: { sizes: ["auto"] } },
      () => post(formOf({ size: "1024x1024" })),
      400,
      "not_allowed",
    ],
    [
      "no size where auto is off the list",
      { allow: { sizes: ["1024x1024"] } },
      () => post(),
      400,
      "not_allowed",
    ],
    ["a quality that the model does not know", {}, () => post(formOf({ quality: "hd" })), 400, "not_allowed"],
    [
      "a body that is not a form",
      {},
      () => post("hello", { "content-type": "multipart/form-data; boundary=x" }),
      400,
      "malformed_form",
    ],
    [
      "a prompt with a transfer encoding",
      {},
      () => postRaw([`${disposition("prompt")}\r\ncontent-transfer-encoding: base64\r\n\r\naGk=`]),
      400,
      "malformed_form",
    ],
    [
      "a part with two names",
      {},
      () => postRaw([`${disposition("size")}; name="n"\r\n\r\n1`]),
      400,
      "malformed_form",
    ],
    [
      "a part with two dispositions",
      {},
      () => postRaw([`${disposition("n")}\r\n${disposition("size")}\r\n\r\n1`]),
      400,
      "malformed_form",
    ],
    [
      "a form without its closing boundary",
      {},
      () =>
        post('--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb', {
          "content-type": "multipart/form-data; boundary=x",
        }),
      400,
      "malformed_form",
    ],
  ];

  test.each(cases)("rejects %s before anything is sent", async (_, options, request, status, code) => {
    const response = await handlerWith(options)(request());
    expect(await errorOf(response)).toMatchObject({ status, code });
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-retouch-outcome")).toBe("not-sent");
    expect(proxy.seen).toHaveLength(0);
    expect(proxy.events.map((event) => event.type)).toEqual(["refused"]);
  });

  test("calls authorize before rateLimit, and neither for a form that is rejected anyway", async () => {
    const asked: string[] = [];
    const handler = handlerWith({
      authorize: () => asked.push("authorize") > 99,
      rateLimit: () => ({ allowed: asked.push("rateLimit") > 99 }),
    });
    await handler(post(undefined, { "content-type": "text/plain" }));
    expect(asked).toEqual([]);
    await handler(post());
    expect(asked).toEqual(["authorize"]);
  });

  test("reports how long to wait in seconds and milliseconds", async () => {
    const response = await handlerWith({ rateLimit: () => ({ allowed: false, retryAfterMs: 1500 }) })(post());
    expect(response.headers.get("retry-after")).toBe("2");
    expect(response.headers.get("retry-after-ms")).toBe("1500");
  });
});

describe("a form that the browser resends automatically", () => {
  const attempt = { "x-retouch-attempt": "0123456789abcdef" };

  test("does not forward a form that the browser resends, and reports that it may have been billed", async () => {
    const handler = handlerWith();
    await (await handler(post(undefined, attempt))).text();
    const again = await handler(post(undefined, attempt));
    expect(await errorOf(again)).toMatchObject({ status: 409, code: "duplicate_attempt" });
    expect(again.headers.get("x-retouch-outcome")).toBe("unknown");
    expect(proxy.seen).toHaveLength(1);
  });

  test("forwards a form that the browser resends if the first attempt was certainly rejected", async () => {
    const handler = handlerWith();
    proxy.respond = (response) => response.writeHead(429).end("{}");
    await handler(post(undefined, attempt));
    expect((await handler(post(undefined, attempt))).status).toBe(429);
    expect(proxy.seen).toHaveLength(2);
  });
});

test("responds to the CORS preflight only of an allowed origin", async () => {
  const handler = handlerWith({ allowedOrigins: ["https://friend.example"] });
  const preflight = (origin: string) =>
    handler(
      new Request("https://app.example.com/", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      }),
    );
  const allowed = await preflight("https://friend.example");
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get("access-control-allow-origin")).toBe("https://friend.example");
  expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
});

test("leaves no timer after a CORS preflight", async () => {
  vi.useFakeTimers();
  try {
    const handler = handlerWith({ allowedOrigins: ["https://friend.example"] });
    const headers = { origin: "https://friend.example" };
    await handler(new Request("https://app.example.com/", { method: "OPTIONS", headers }));
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("forwards no retry delay that is not a number", async () => {
  const rateLimit = () => ({ allowed: false, retryAfterMs: Number.NaN });
  const response = await handlerWith({ rateLimit })(post());
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, null]);
});

test.each([1e300, Number.POSITIVE_INFINITY])(
  "forwards the longest retry delay for one of %d ms",
  async (retryAfterMs) => {
    const response = await handlerWith({ rateLimit: () => ({ allowed: false, retryAfterMs }) })(post());
    expect(response.headers.get("retry-after")).toBe("2147484");
    expect(response.headers.get("retry-after-ms")).toBe("2147483647");
  },
);

test("reports that the list of models allows none", async () => {
  const { message } = await errorOf(await handlerWith({ allow: { models: [] } })(post()));
  expect(message).toContain("It allows none.");
});
