import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createImageEditHandler } from "./create-image-edit-handler.ts";
import type { ImageEditHandlerOptions, ProxyEvent } from "./handler-options.ts";

const key = "sk-secret-of-the-server-4711";
const payload = JSON.stringify({ created: 1, data: [{ b64_json: "aGk=" }] });

interface Seen {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

let upstream: Server;
let upstreamUrl: string;
let seen: Seen[];
let respond: (response: ServerResponse) => void;
let png: Buffer;
let events: ProxyEvent[];

beforeAll(async () => {
  png = await sharp({ create: { width: 32, height: 32, channels: 3, background: "#345" } })
    .png()
    .toBuffer();
  upstream = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString("latin1") });
    respond(response);
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});

afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
});

beforeEach(() => {
  seen = [];
  events = [];
  respond = (response) =>
    response
      .writeHead(200, { "content-type": "application/json", "x-request-id": "req_1", "set-cookie": "a=b" })
      .end(payload);
});

afterEach(() => {
  expect(JSON.stringify(events)).not.toContain(key);
});

function handlerWith(options: Partial<ImageEditHandlerOptions> = {}) {
  return createImageEditHandler({
    apiKey: key,
    baseUrl: upstreamUrl,
    authorize: () => true,
    onEvent: (event) => void events.push(event),
    ...options,
  });
}

type Field = string | Blob | readonly (string | Blob)[];

function formOf(fields: Record<string, Field | undefined> = {}): FormData {
  const form = new FormData();
  const all = {
    model: "gpt-image-1",
    prompt: "Add a hat",
    image: new Blob([new Uint8Array(png)]),
    ...fields,
  };
  for (const [name, value] of Object.entries(all)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one instanceof Blob) form.append(name, one, "picture.png");
      else if (one !== undefined) form.append(name, one);
    }
  }
  return form;
}

function post(form: BodyInit = formOf(), headers: Record<string, string> = {}): Request {
  return new Request("https://app.example.com/api/image-edit", {
    method: "POST",
    body: form,
    headers: { host: "app.example.com", ...headers },
  });
}

const disposition = (name: string): string => `content-disposition: form-data; name="${name}"`;

/** Posts parts as they stand, a byte a character. */
function postRaw(parts: readonly string[]): Request {
  const body = `--x\r\n${parts.join("\r\n--x\r\n")}\r\n--x--\r\n`;
  return post(Buffer.from(body, "latin1"), { "content-type": "multipart/form-data; boundary=x" });
}

async function refusalOf(response: Response) {
  const { error } = (await response.json()) as {
    error: { message: string; code: string; param: string | null };
  };
  return { status: response.status, ...error };
}

describe("createImageEditHandler", () => {
  test.each([
    ["no key", { apiKey: "" }, /API key is missing/],
    ["no authorize", { authorize: undefined as never }, /`authorize` is missing/],
    ["another word than public", { authorize: "everyone" as never }, /`authorize` is missing/],
    ["plain http beyond loopback", { baseUrl: "http://api.example.com" }, /plain http/],
    ["no address", { baseUrl: "ftp://x" }, /no http\(s\) address/],
    ["a mistyped option", { ratelimit: () => ({ allowed: false }) } as never, /`ratelimit` is not an option/],
  ])("throws with %s", (_, options, message) => {
    expect(() => handlerWith(options)).toThrow(message);
  });
});

test("adds the key, rebuilds the form and returns the response", async () => {
  const response = await handlerWith()(
    post(formOf({ size: "1024x1024", n: "1" }), {
      authorization: "Bearer of-the-page",
      cookie: "session=1",
      "x-forwarded-for": "1.2.3.4",
      "idempotency-key": "once-1",
    }),
  );
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(payload);
  expect(Object.fromEntries(response.headers)).toEqual({
    "cache-control": "no-store",
    "content-type": "application/json",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
    "x-request-id": "req_1",
  });
  const [sent] = seen;
  expect(sent?.headers).toMatchObject({ authorization: `Bearer ${key}`, "idempotency-key": "once-1" });
  for (const name of ["cookie", "x-forwarded-for", "origin", "referer"])
    expect(sent?.headers).not.toHaveProperty(name);
  expect(sent?.body).toMatch(
    /name="prompt"\r\n\r\nAdd a hat\r\n[\s\S]*name="image"; filename="image.png"\r\nContent-Type: image\/png/,
  );
  expect(events.map((event) => event.type)).toEqual(["sent", "answered", "completed"]);
});

test("forwards markup as a file and rejects it as text", async () => {
  const markup = await sharp({
    create: { width: 32, height: 32, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0.5 } },
  })
    .png()
    .toBuffer();
  const form = formOf({ model: "gpt-image-2.5-flare" });
  form.append("markup", new Blob([new Uint8Array(markup)], { type: "image/png" }), "note.png");
  expect((await handlerWith()(post(form))).status).toBe(200);
  expect(seen[0]?.body).toContain('name="markup"; filename="markup.png"\r\nContent-Type: image/png');
  const asText = formOf({ model: "gpt-image-2.5-flare", markup: "note.png" });
  expect((await handlerWith()(post(asText))).status).toBe(400);
  expect(seen).toHaveLength(1);
});

describe("rejects before anything reaches upstream:", () => {
  const garbage = new Blob(["not a picture at all"]);
  const twoImages = () => [new Blob([new Uint8Array(png)]), new Blob([new Uint8Array(png)])];
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
    ["authorize that says false", { authorize: () => false }, () => post(), 401, "not_authorized"],
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
    ["rateLimit that gives nothing", { rateLimit: (() => ({})) as never }, () => post(), 429, "rate_limited"],
    ["no prompt", {}, () => post(formOf({ prompt: undefined })), 400, "missing"],
    ["no image", {}, () => post(formOf({ image: undefined })), 400, "missing"],
    ["a text file as image", {}, () => post(formOf({ image: garbage })), 400, "invalid_image"],
    ["an image that is text", {}, () => post(formOf({ image: "text" })), 400, "wrong_type"],
    ["a prompt that is a file", {}, () => post(formOf({ prompt: garbage })), 400, "wrong_type"],
    ["a prompt that comes twice", {}, () => post(formOf({ prompt: ["a", "b"] })), 400, "duplicate_parameter"],
    [
      "a prompt in another encoding",
      {},
      () => postRaw([`${disposition("prompt")}\r\n\r\ncaf\u00e9`]),
      400,
      "bad_encoding",
    ],
    ["a field of every object", {}, () => post(formOf({ ["__proto__"]: "x" })), 400, "unknown_field"],
    ["a field in capitals", {}, () => post(formOf({ Prompt: "x" })), 400, "unknown_field"],
    ["a picture of no number", {}, () => post(formOf({ "image[x]": garbage })), 400, "wrong_type"],
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

  test.each(cases)("%s", async (_, options, request, status, code) => {
    const response = await handlerWith(options)(request());
    expect(await refusalOf(response)).toMatchObject({ status, code });
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-retouch-outcome")).toBe("not-sent");
    expect(seen).toHaveLength(0);
    expect(events.map((event) => event.type)).toEqual(["refused"]);
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

describe("accepts", () => {
  test("the server's own host behind a proxy that ends TLS", async () => {
    const request = new Request("http://app.example.com/api/image-edit", {
      method: "POST",
      body: formOf(),
      headers: { origin: "https://app.example.com" },
    });
    expect((await handlerWith()(request)).status).toBe(200);
  });

  test.each([
    ["the same origin", { "sec-fetch-site": "same-origin", origin: "https://app.example.com" }],
    ["an origin on the list", { "sec-fetch-site": "cross-site", origin: "https://friend.example" }],
    ["what is no browser", {}],
  ])("%s", async (_, headers) => {
    const response = await handlerWith({ allowedOrigins: ["https://friend.example"] })(
      post(undefined, headers),
    );
    expect(response.status).toBe(200);
    expect(seen).toHaveLength(1);
  });

  test("a mask input without a file", async () => {
    const file = "\r\ncontent-type: application/octet-stream\r\n\r\n";
    const form = postRaw([
      `${disposition("prompt")}\r\n\r\nAdd a hat`,
      `${disposition("image")}; filename="a.png"${file}${png.toString("latin1")}`,
      `${disposition("mask")}; filename=""${file}`,
    ]);
    expect((await handlerWith()(form)).status).toBe(200);
    expect(seen[0]?.body).not.toContain("mask");
  });

  test("a data: URI instead of a file, and forwards it as one", async () => {
    const uri = `data:image/png;base64,${png.toString("base64")}`;
    expect((await handlerWith()(post(formOf({ image: [uri, uri] })))).status).toBe(200);
    expect(seen[0]?.body.split(png.toString("latin1"))).toHaveLength(3);
    expect(seen[0]?.body).not.toContain("base64");
    const invalid = await refusalOf(await handlerWith()(post(formOf({ image: "data:image/png;base64,!" }))));
    expect(invalid).toMatchObject({ status: 400, code: "invalid_url", param: "image" });
    expect(seen).toHaveLength(1);
  });

  test("numbered images, and bytes after the end", async () => {
    const file = `; filename="a.png"\r\n\r\n${png.toString("latin1")}`;
    const parts = [`${disposition("prompt")}\r\n\r\nAdd a hat`, `${disposition("image[1]")}${file}`];
    const form = postRaw([...parts, `${disposition("image[0]")}${file}\r\n--x--\r\nbytes after it`]);
    expect((await handlerWith()(form)).status).toBe(200);
    expect(seen[0]?.body.match(/name="image\[\]"/g)).toHaveLength(2);
    expect(seen[0]?.body).not.toContain("bytes after it");
  });

  test("fields after files, and a forced model that was missing", async () => {
    const form = formOf({ model: undefined, prompt: undefined });
    form.append("prompt", "At the end");
    const response = await handlerWith({
      allow: { models: ["dall-e-2"] },
      force: { model: "gpt-image-1", quality: "low" },
    })(post(form));
    expect(response.status).toBe(200);
    expect(seen[0]?.body).toMatch(/name="quality"\r\n\r\nlow/);
    expect(seen[0]?.body.indexOf("At the end")).toBeLessThan(seen[0]?.body.indexOf("filename") ?? 0);
  });

  test("a forced field over the page's own", async () => {
    await handlerWith({ force: { quality: "low" } })(post(formOf({ quality: "high" })));
    expect(seen[0]?.body).not.toContain("high");
  });
});

describe("a form that the browser posts again automatically", () => {
  const attempt = { "x-retouch-attempt": "0123456789abcdef" };

  test("is not forwarded, and reported as possibly billed", async () => {
    const handler = handlerWith();
    await (await handler(post(undefined, attempt))).text();
    const again = await handler(post(undefined, attempt));
    expect(await refusalOf(again)).toMatchObject({ status: 409, code: "duplicate_attempt" });
    expect(again.headers.get("x-retouch-outcome")).toBe("unknown");
    expect(seen).toHaveLength(1);
  });

  test("is forwarded if the first one was certainly rejected", async () => {
    const handler = handlerWith();
    respond = (response) => response.writeHead(429).end("{}");
    await handler(post(undefined, attempt));
    expect((await handler(post(undefined, attempt))).status).toBe(429);
    expect(seen).toHaveLength(2);
  });
});

test("responds to the CORS preflight only of an allowed origin", async () => {
  const handler = handlerWith({ allowedOrigins: ["https://friend.example"] });
  const ask = (origin: string) =>
    handler(
      new Request("https://app.example.com/", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      }),
    );
  const allowed = await ask("https://friend.example");
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get("access-control-allow-origin")).toBe("https://friend.example");
  expect((await ask("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
});

describe("reports upstream's failures in its own words:", () => {
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
  ])("%i as %i", async (theirs, ours, code, outcome) => {
    respond = (response) =>
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
    expect(await refusalOf(response)).toMatchObject({ status: ours, code });
    for (const secret of [key, key.slice(3, 15), "platform.example", "evil.example", "127.0.0.1", "\u001b"]) {
      expect(text).not.toContain(secret);
    }
    expect(seen).toHaveLength(1);
  });

  test("HTML of a CDN only as its status", async () => {
    respond = (response) =>
      response.writeHead(524, { "content-type": "text/html" }).end("<html><h1>A timeout occurred</h1>");
    const proxyError = await refusalOf(await handlerWith()(post()));
    expect(proxyError).toMatchObject({ status: 524, code: "upstream_524" });
    expect(proxyError.message).not.toMatch(/<|timeout occurred/);
  });

  test("a dead upstream as 502 and not sent", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const response = await handlerWith({ baseUrl: `http://127.0.0.1:${port}` })(post());
    expect(await refusalOf(response)).toMatchObject({ status: 502, code: "upstream_unreachable" });
    expect(response.headers.get("x-retouch-outcome")).toBe("not-sent");
  });

  test("an upstream that hangs up as 502 and unknown", async () => {
    respond = (response) => response.destroy();
    const response = await handlerWith()(post());
    expect(response.status).toBe(502);
    expect(response.headers.get("x-retouch-outcome")).toBe("unknown");
  });

  test("an upstream that takes longer than the runtime's fetch waits as 504", async () => {
    const cause = Object.assign(new Error("Headers Timeout Error"), { code: "UND_ERR_HEADERS_TIMEOUT" });
    const response = await handlerWith({
      fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
    })(post());
    expect(response.headers.get("x-retouch-outcome")).toBe("unknown");
    expect(await refusalOf(response)).toMatchObject({ status: 504, code: "upstream_timeout" });
  });

  test("an upstream that never answers as 504", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    try {
      respond = () => vi.advanceTimersByTime(60_000);
      const response = await handlerWith({ timeoutMs: 60_000 })(post());
      expect(await refusalOf(response)).toMatchObject({ status: 504, code: "upstream_timeout" });
    } finally {
      vi.useRealTimers();
    }
  });
});

test("forwards nothing of a 200 that is a page", async () => {
  respond = (response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("\n <html>node-7.internal</html>");
  const response = await handlerWith()(post());
  expect(response.headers.get("x-retouch-outcome")).toBe("unknown");
  expect(await refusalOf(response)).toMatchObject({ status: 502, code: "upstream_page" });
});

test("forwards images declared as a page as bytes that no browser renders", async () => {
  respond = (response) => {
    response.writeHead(200, { "content-type": "text/html" }).write("\n");
    response.end('{"data":[{"url":"https://x.example/<script>"}]}');
  };
  const response = await handlerWith()(post());
  expect(response.headers.get("content-type")).toBe("application/octet-stream");
  expect(await response.json()).toMatchObject({ data: [{}] });
});

test("forwards events one by one, before upstream is done", async () => {
  let finish: (() => void) | undefined;
  respond = (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
    finish = () => response.end("data: two\n\n");
  };
  const response = await handlerWith()(post(formOf({ stream: "true" })));
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: one\n\n");
  finish?.();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: two\n\n");
  expect((await reader?.read())?.done).toBe(true);
});

/** Memory that is given back concurrently is transferred to a buffer of no bytes. */
const spyOnTransfer = () =>
  vi.spyOn(ArrayBuffer.prototype as ArrayBuffer & { transfer(byteLength: number): ArrayBuffer }, "transfer");

test("frees the form once it was sent, while upstream still works on it", async () => {
  const transfer = spyOnTransfer();
  try {
    const arrived = new Promise<() => void>((resolve) => {
      respond = (response) =>
        resolve(() => response.writeHead(200, { "content-type": "application/json" }).end(payload));
    });
    const answered = handlerWith()(post());
    const finish = await arrived;
    expect(transfer.mock.calls).toContainEqual([0]);
    finish();
    expect(await (await answered).text()).toBe(payload);
  } finally {
    transfer.mockRestore();
  }
});

test("frees a form that is rejected", async () => {
  const transfer = spyOnTransfer();
  try {
    expect((await handlerWith()(post(formOf({ webhook: "https://x" })))).status).toBe(400);
    expect(transfer.mock.calls).toContainEqual([0]);
  } finally {
    transfer.mockRestore();
  }
});

test("cuts upstream off when the page goes away before the response", async () => {
  const closed = new Promise<void>((resolve) => {
    respond = (response) => {
      response.on("close", resolve);
      controller.abort();
    };
  });
  const controller = new AbortController();
  const request = new Request(post(), { signal: controller.signal });
  const response = await handlerWith()(request);
  await closed;
  expect(response.status).toBe(499);
  expect(events.map((event) => [event.type, event.outcome])).toEqual([
    ["sent", undefined],
    ["aborted", "unknown"],
  ]);
});

test("cuts upstream off when the page goes away during the response", async () => {
  const closed = new Promise<void>((resolve) => {
    respond = (response) => {
      response.on("close", resolve);
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
    };
  });
  const response = await handlerWith()(post());
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  await closed;
  expect(events.at(-1)).toMatchObject({ type: "aborted", outcome: "unknown" });
});

test("cuts upstream off when only the request's signal reports that the page went away", async () => {
  const closed = new Promise<void>((resolve) => {
    respond = (response) => {
      response.on("close", resolve);
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
    };
  });
  const controller = new AbortController();
  const response = await handlerWith()(new Request(post(), { signal: controller.signal }));
  const reader = response.body?.getReader();
  await reader?.read();
  controller.abort();
  await closed;
  await expect(reader?.read()).rejects.toThrow();
  expect(events.at(-1)).toMatchObject({ type: "aborted", outcome: "unknown" });
});

describe("createImageEditHandler rejects", () => {
  test.each<[string, Partial<ImageEditHandlerOptions>, RegExp]>([
    ["a limit that is NaN", { limits: { maxN: Number.NaN } }, /`limits.maxN` is not a number/],
    ["an unknown limit", { limits: { maxBytes: 1 } as never }, /`limits.maxBytes` is not an option/],
    ["an unknown list", { allow: { model: [] } as never }, /`allow.model` is not an option/],
    ["a rate limit that is a number", { rateLimit: 5 as never }, /`rateLimit` is not a function/],
    ["a limit that is a text", { limits: { maxBodyBytes: "1" as never } }, /`limits.maxBodyBytes`/],
    [
      "a string as the list of models",
      { allow: { models: "gpt-image-1" as never } },
      /`allow.models` is not a list/,
    ],
    [
      "a string as the list of origins",
      { allowedOrigins: "https://a.example" as never },
      /`allowedOrigins` is not a list/,
    ],
    ["a text for a list of hosts", { allowedHosts: "a.example" as never }, /`allowedHosts` is not a list/],
    [
      "a host with a port",
      { allowedHosts: ["a.example:443"] },
      /`allowedHosts` holds what is not a host name/,
    ],
    [
      "a host with a scheme",
      { allowedHosts: ["https://a.example"] },
      /`allowedHosts` holds what is not a host/,
    ],
    ["an origin with a path", { allowedOrigins: ["https://a.example/"] }, /no browser sends/],
    ["any origin", { allowedOrigins: ["*"] }, /no browser sends/],
    ["a forced image", { force: { mask: "x" } }, /`force.mask` cannot be forced/],
    ["an unknown forced field", { force: { qualty: "low" } }, /`force.qualty` cannot be forced/],
    [
      "a forced field without a value",
      { force: { model: undefined as never } },
      /`force.model` is not a text/,
    ],
  ])("refuses %s", (_, options, message) => {
    expect(() => handlerWith(options)).toThrow(message);
  });
});

test("shows no page the key, whatever upstream quotes in a success", async () => {
  respond = (response) =>
    response
      .writeHead(200, { "content-type": "application/json", "x-request-id": `req_${key}` })
      .end(`{"data":[],"note":"${key}"}`);
  const response = await handlerWith()(post());
  const all = JSON.stringify([...response.headers]) + (await response.text());
  expect(all).not.toContain(key);
  expect(all).toContain('"data":[]');
});

test.each([
  ["spaced", [...key].join(" ")],
  ["percent-encoded", [...key].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("")],
])("gives no page a key that upstream quotes %s", async (_, spelt) => {
  respond = (response) =>
    response
      .writeHead(400, { "content-type": "application/json" })
      .end(JSON.stringify({ error: { message: `Bad key ${spelt}!` } }));
  expect((await refusalOf(await handlerWith()(post()))).message).not.toContain(spelt.slice(0, 8));
});

test("quotes a sentence without its full stop", async () => {
  respond = (response) =>
    response.writeHead(400).end(JSON.stringify({ error: { message: "Not like that." } }));
  expect((await refusalOf(await handlerWith()(post()))).message).toBe(
    'Upstream answered 400: "Not like that". Nothing was billed.',
  );
});

test("shows no page the addresses of upstream's own network", async () => {
  const message =
    "dial tcp 10.1.2.3:443 of [fd00::1]:80 and db.internal:5432 failed, gpt-image-1.5 at 16:10 is fine";
  respond = (response) => response.writeHead(503).end(JSON.stringify({ error: { message } }));
  expect((await refusalOf(await handlerWith()(post()))).message).toContain(
    "dial tcp [address] of [address] and [address] failed, gpt-image-1.5 at 16:10 is fine",
  );
});

test.each([408, 425, 799])(
  "responds with 502 to an upstream's %i, which a browser would misinterpret",
  async (status) => {
    respond = (response) => response.writeHead(status).end("{}");
    const response = await handlerWith()(post());
    expect(await refusalOf(response)).toMatchObject({ status: 502, code: `upstream_${status}` });
    expect(response.headers.get("x-retouch-outcome")).toBe(status < 500 ? "rejected" : "unknown");
    expect(seen).toHaveLength(1);
  },
);

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

test("reports that the list of models allows none", async () => {
  const { message } = await refusalOf(await handlerWith({ allow: { models: [] } })(post()));
  expect(message).toContain("It allows none.");
});

describe("forwards only these of upstream's headers:", () => {
  const headersOf = async (headers: Record<string, string>, status = 200) => {
    respond = (response) =>
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
  ])("%s: %s", async (name, value) => {
    for (const status of [200, 429])
      expect((await headersOf({ [name]: value }, status)).get(name)).toBe(value);
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
  ])("nothing of %s: %s", async (name, value) => {
    for (const status of [200, 429])
      expect((await headersOf({ [name]: value }, status)).get(name)).toBeNull();
  });

  test("nothing else", async () => {
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

/** A real image, so that its base64 is one. */
const imageBody = (note: string): string =>
  JSON.stringify({ data: [{ b64_json: png.toString("base64") }], note });

/** Writes a body a byte at a time, as slow as the connection lets it. */
function respondSlowly(contentType: string, body: () => string): void {
  respond = async (response) => {
    response.writeHead(200, { "content-type": contentType });
    response.socket?.setNoDelay(true);
    for (const byte of Buffer.from(body()))
      await new Promise<void>((resolve) => response.write(Uint8Array.of(byte), () => resolve()));
    response.end();
  };
}

describe("hides the key in a success", () => {
  const escaped = [...key].map((char) => `\\u00${char.charCodeAt(0).toString(16)}`).join("");
  const written: [string, () => string][] = [
    ["as JSON escapes", () => imageBody("#").replace("#", escaped)],
    ["with escaped slashes", () => imageBody("#").replace("#", [...key].join("\\/"))],
    ["in percent", () => imageBody([...key].map((char) => `%${char.charCodeAt(0).toString(16)}`).join(""))],
    ["in entities", () => imageBody([...key].map((char) => `&#${char.charCodeAt(0)};`).join(""))],
    ["in base64", () => imageBody(Buffer.from(`#${key}`).toString("base64"))],
    ["in part", () => imageBody(`bad key ${key.slice(0, 14)}...`)],
    ["in two strings", () => imageBody(`"${key.slice(0, 14)}" + "${key.slice(14)}"`)],
  ];
  test.each(written)("%s, with the image of the same body untouched, a byte at a time", async (_, body) => {
    respondSlowly("application/json", body);
    const passed = await (await handlerWith()(post())).json();
    const { data, note } = passed as { data: { b64_json: string }[]; note: string };
    expect(data[0]?.b64_json).toBe(png.toString("base64"));
    expect(note).toContain("********");
    expect(note).not.toMatch(/secret|server|[\da-z]{9}/i);
  });

  test("cut into the deltas of a stream", async () => {
    const parts = key.match(/.{1,3}/g) ?? [];
    respondSlowly("text/event-stream", () =>
      parts.map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`).join(""),
    );
    const text = await (await handlerWith()(post(formOf({ stream: "true" })))).text();
    const said = text.replace(/.*"content":"([^"]*)".*\n\n/g, "$1");
    expect(said.length).toBe(key.length);
    expect(said.replace(/\*/g, "").length).toBeLessThan(10);
  });

  test.each(["x", "na", "key", "123"])("of nobody when the key is %j, too short to be one", async (short) => {
    const body = imageBody("na key 123 x");
    respond = (response) => response.writeHead(200, { "content-type": "application/json" }).end(body);
    const response = await handlerWith({ apiKey: short })(post());
    expect(await response.text()).toBe(body);
  });
});

describe("hides upstream's network", () => {
  const message = "connect ECONNREFUSED 10.0.0.5:8080 via node-7.internal and http://127.0.0.1:9/x";
  const secret = () => new RegExp(`10\\.0\\.0\\.5|8080|internal|127\\.0|${new URL(upstreamUrl).port}`);

  test("in the JSON of an error, and its own port", async () => {
    const port = new URL(upstreamUrl).port;
    respond = (response) =>
      response.writeHead(500, { "content-type": "application/json" }).end(
        JSON.stringify({
          error: { message: `${message} port ${port}`, code: `h-${port}:1`, param: `:${port}` },
        }),
      );
    const text = await (await handlerWith()(post())).text();
    expect(text).toContain("connect ECONNREFUSED [address] via [address]");
    expect(text.replace(`h-${port}`, "")).not.toMatch(secret());
  });

  test("in the error of a success, and in an event, but not in an image's link", async () => {
    const url = `${upstreamUrl}/files/1.png`;
    for (const type of ["application/json", "text/event-stream"]) {
      const json = JSON.stringify({ error: { message }, data: [{ url }], content: `![](${url})` });
      const body = type === "application/json" ? json : `event: error\ndata: ${json}\n\n: ${message}\n\n`;
      respond = (response) => response.writeHead(200, { "content-type": type }).end(body);
      const text = await (await handlerWith()(post())).text();
      expect(text).toContain("connect ECONNREFUSED *************");
      expect(text.split(url)).toHaveLength(3);
      expect(text.replaceAll(url, "")).not.toMatch(secret());
    }
  });
});

describe("a key shorter than eight characters", () => {
  test("is rejected at creation for a public server, and accepted for a private one", () => {
    expect(() => handlerWith({ apiKey: "1234567", baseUrl: "https://api.example.com" })).toThrow(
      /has 7 characters/,
    );
    expect(() => handlerWith({ apiKey: "12345678", baseUrl: "https://api.example.com" })).not.toThrow();
    for (const host of ["localhost", "10.1.2.3", "[fd00::1]", "backend", "llm.internal"])
      expect(() => handlerWith({ apiKey: "x", baseUrl: `https://${host}` })).not.toThrow();
  });

  test("is rejected before anything is sent if a function returns it", async () => {
    const send = vi.fn<typeof fetch>();
    const handler = handlerWith({ apiKey: () => "short", baseUrl: "https://api.example.com", fetch: send });
    const response = await handler(post());
    expect(await refusalOf(response)).toMatchObject({ status: 500, code: "short_api_key" });
    expect(response.headers.get("x-retouch-outcome")).toBe("not-sent");
    expect(send).not.toHaveBeenCalled();
  });
});
