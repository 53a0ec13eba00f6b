import { expect, test } from "vitest";
import { createProxyClient } from "../browser/create-proxy-client.ts";
import { isConfigurationError, isInvalidInputError } from "../errors/errors.ts";
import { maskOf } from "../fixtures/images.ts";
import { disposition, errorOf, key, setUpProxy } from "../fixtures/set-up-proxy.ts";

const proxy = setUpProxy();
const mask = new Blob([maskOf(32, 32)]);

test("sends the page's form as the JSON that upstream takes", async () => {
  const handler = proxy.handlerWith({ dialect: { body: "json" } });
  const response = await handler(proxy.post(proxy.formOf({ mask, n: "1", stream: "false" })));
  expect(response.status).toBe(200);
  const uri = `data:image/png;base64,${proxy.png.toString("base64")}`;
  const [upstream, ...others] = proxy.seen;
  expect(others).toEqual([]);
  expect(upstream?.headers["content-type"]).toBe("application/json");
  expect(upstream?.headers["content-length"]).toBe(String(upstream?.body.length));
  expect(JSON.parse(upstream?.body ?? "")).toEqual({
    model: "gpt-image-1",
    prompt: "Add a hat",
    n: 1,
    stream: false,
    images: [{ image_url: uri }],
    mask: { image_url: expect.stringMatching(/^data:image\/png;base64,/) },
  });
});

test("takes a preset, its header for the key, and the limits of another model", async () => {
  const handler = proxy.handlerWith({ dialect: "azure", limitsLike: "gpt-image-1" });
  expect((await handler(proxy.post(proxy.formOf({ model: "mine" })))).status).toBe(200);
  expect(proxy.seen[0]?.headers["api-key"]).toBe(key);
  expect(proxy.seen[0]?.headers.authorization).toBeUndefined();
  expect(proxy.seen[0]?.headers["content-type"]).toMatch(/^multipart\/form-data/);
  expect(
    await errorOf(await handler(proxy.post(proxy.formOf({ model: "mine", quality: "hd" })))),
  ).toMatchObject({
    status: 400,
    param: "quality",
  });
  expect(proxy.seen).toHaveLength(1);
});

test("refuses what upstream's dialect does not take, and sends nothing", async () => {
  const handler = proxy.handlerWith({ dialect: "xai" });
  const form = proxy.formOf({ model: "grok-imagine-image-2.0", mask });
  expect(await errorOf(await handler(proxy.post(form)))).toMatchObject({ status: 400, param: "mask" });
  expect(proxy.seen).toEqual([]);
});

test.each(["image", "url"])("refuses a URL in the field `%s`, whatever upstream takes", async (name) => {
  for (const dialect of ["vllm-omni", { body: "json" }] as const) {
    const handler = proxy.handlerWith({ dialect });
    const url = `${disposition(name)}\r\n\r\nhttps://a.example/photo.png`;
    const response = await handler(proxy.postRaw([`${disposition("prompt")}\r\n\r\nA hat`, url]));
    expect(await errorOf(response)).toMatchObject({
      status: 400,
      code: name === "image" ? "wrong_type" : "unknown_field",
      param: name,
    });
  }
  expect(proxy.seen).toEqual([]);
});

test("takes no JSON from a page, whatever upstream takes", async () => {
  const handler = proxy.handlerWith({ dialect: { body: "json" } });
  const body = JSON.stringify({ prompt: "A hat", images: [{ image_url: "https://a.example/photo.png" }] });
  const response = await handler(proxy.post(body, { "content-type": "application/json" }));
  expect(await errorOf(response)).toMatchObject({ status: 415, code: "not_multipart" });
  expect(proxy.seen).toEqual([]);
});

test("a page's client sends neither references nor a dialect of its own to the proxy", async () => {
  const url = "https://app.example.com/api/image-edit";
  const fetch = () => expect.unreachable("it is sent");
  const prompt = "A hat";
  const image = { url: "https://a.example/photo.png" };
  const rejection = await createProxyClient({ url, fetch })
    .edit({ prompt, image })
    .catch((error) => error);
  expect(isInvalidInputError(rejection)).toBe(true);
  const options = { url, fetch, dialect: "xai" } as never;
  const misplaced = await createProxyClient(options)
    .edit({ prompt, image })
    .catch((error) => error);
  expect(isConfigurationError(misplaced)).toBe(true);
  expect(String(misplaced)).toContain("Set it in the proxy.");
});

test("rejects an unknown preset when it is created", () => {
  expect(() => proxy.handlerWith({ dialect: "xia" as never })).toThrow("`dialect` is not a preset.");
});
