import sharp from "sharp";
import { describe, expect, test, vi } from "vitest";
import { disposition, errorOf, key, payload, setUpProxy } from "../fixtures/set-up-proxy.ts";

const proxy = setUpProxy();
const { formOf, handlerWith, post, postRaw } = proxy;

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
  const [sent] = proxy.seen;
  expect(sent?.headers).toMatchObject({ authorization: `Bearer ${key}`, "idempotency-key": "once-1" });
  for (const name of ["cookie", "x-forwarded-for", "origin", "referer"])
    expect(sent?.headers).not.toHaveProperty(name);
  expect(sent?.body).toMatch(
    /name="prompt"\r\n\r\nAdd a hat\r\n[\s\S]*name="image"; filename="image.png"\r\nContent-Type: image\/png/,
  );
  expect(proxy.events.map((event) => event.type)).toEqual(["sent", "answered", "completed"]);
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
  expect(proxy.seen[0]?.body).toContain('name="markup"; filename="markup.png"\r\nContent-Type: image/png');
  const asText = formOf({ model: "gpt-image-2.5-flare", markup: "note.png" });
  expect((await handlerWith()(post(asText))).status).toBe(400);
  expect(proxy.seen).toHaveLength(1);
});

describe("a request that is accepted", () => {
  test("accepts the server's own host behind a proxy that terminates TLS", async () => {
    const request = new Request("http://app.example.com/api/image-edit", {
      method: "POST",
      body: formOf(),
      headers: { origin: "https://app.example.com" },
    });
    expect((await handlerWith()(request)).status).toBe(200);
  });

  test.each([
    ["the same origin", { "sec-fetch-site": "same-origin", origin: "https://app.example.com" }],
    ["a request that a person started", { "sec-fetch-site": "none" }],
    ["an origin on the list", { "sec-fetch-site": "cross-site", origin: "https://friend.example" }],
    ["a client that is not a browser", {}],
  ])("accepts %s", async (_, headers) => {
    const response = await handlerWith({ allowedOrigins: ["https://friend.example"] })(
      post(undefined, headers),
    );
    expect(response.status).toBe(200);
    expect(proxy.seen).toHaveLength(1);
  });

  test("accepts a mask input without a file", async () => {
    const file = "\r\ncontent-type: application/octet-stream\r\n\r\n";
    const form = postRaw([
      `${disposition("prompt")}\r\n\r\nAdd a hat`,
      `${disposition("image")}; filename="a.png"${file}${proxy.png.toString("latin1")}`,
      `${disposition("mask")}; filename=""${file}`,
    ]);
    expect((await handlerWith()(form)).status).toBe(200);
    expect(proxy.seen[0]?.body).not.toContain("mask");
  });

  test("accepts a data: URI instead of a file, and forwards it as one", async () => {
    const uri = `data:image/png;base64,${proxy.png.toString("base64")}`;
    expect((await handlerWith()(post(formOf({ image: [uri, uri] })))).status).toBe(200);
    expect(proxy.seen[0]?.body.split(proxy.png.toString("latin1"))).toHaveLength(3);
    expect(proxy.seen[0]?.body).not.toContain("base64");
    const invalid = await errorOf(await handlerWith()(post(formOf({ image: "data:image/png;base64,!" }))));
    expect(invalid).toMatchObject({ status: 400, code: "invalid_url", param: "image" });
    expect(proxy.seen).toHaveLength(1);
  });

  test("accepts numbered images, and bytes after the end", async () => {
    const file = `; filename="a.png"\r\n\r\n${proxy.png.toString("latin1")}`;
    const parts = [`${disposition("prompt")}\r\n\r\nAdd a hat`, `${disposition("image[1]")}${file}`];
    const form = postRaw([...parts, `${disposition("image[0]")}${file}\r\n--x--\r\nbytes after it`]);
    expect((await handlerWith()(form)).status).toBe(200);
    expect(proxy.seen[0]?.body.match(/name="image\[\]"/g)).toHaveLength(2);
    expect(proxy.seen[0]?.body).not.toContain("bytes after it");
  });

  test("accepts fields after files, and a form without the model that is forced", async () => {
    const form = formOf({ model: undefined, prompt: undefined });
    form.append("prompt", "At the end");
    const response = await handlerWith({
      allow: { models: ["dall-e-2"] },
      force: { model: "gpt-image-1", quality: "low" },
    })(post(form));
    expect(response.status).toBe(200);
    expect(proxy.seen[0]?.body).toMatch(/name="quality"\r\n\r\nlow/);
    expect(proxy.seen[0]?.body.indexOf("At the end")).toBeLessThan(
      proxy.seen[0]?.body.indexOf("filename") ?? 0,
    );
  });

  test("replaces the page's own value by a forced field", async () => {
    await handlerWith({ force: { quality: "low" } })(post(formOf({ quality: "high" })));
    expect(proxy.seen[0]?.body).not.toContain("high");
  });
});

test("forwards events one by one, before upstream has finished", async () => {
  let finish: (() => void) | undefined;
  proxy.respond = (response) => {
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

/** Memory that is freed immediately is transferred to a buffer of zero bytes. */
const spyOnTransfer = () =>
  vi.spyOn(ArrayBuffer.prototype as ArrayBuffer & { transfer(byteLength: number): ArrayBuffer }, "transfer");

test("frees the form once it was sent, before upstream responds", async () => {
  const transfer = spyOnTransfer();
  try {
    const arrived = new Promise<() => void>((resolve) => {
      proxy.respond = (response) =>
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

test("aborts the request to upstream when the page closes the connection before the response", async () => {
  const closed = new Promise<void>((resolve) => {
    proxy.respond = (response) => {
      response.on("close", resolve);
      controller.abort();
    };
  });
  const controller = new AbortController();
  const request = new Request(post(), { signal: controller.signal });
  const response = await handlerWith()(request);
  await closed;
  expect(response.status).toBe(499);
  expect(proxy.events.map((event) => [event.type, event.outcome])).toEqual([
    ["sent", undefined],
    ["aborted", "unknown"],
  ]);
});

test("aborts the request to upstream when the page closes the connection during the response", async () => {
  const closed = new Promise<void>((resolve) => {
    proxy.respond = (response) => {
      response.on("close", resolve);
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
    };
  });
  const response = await handlerWith()(post());
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  await closed;
  expect(proxy.events.at(-1)).toMatchObject({ type: "aborted", outcome: "unknown" });
});

test("aborts the request to upstream when only the request's signal reports that the page closed the connection", async () => {
  const closed = new Promise<void>((resolve) => {
    proxy.respond = (response) => {
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
  expect(proxy.events.at(-1)).toMatchObject({ type: "aborted", outcome: "unknown" });
});
