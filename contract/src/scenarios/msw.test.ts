import { createImageClient } from "@retouch/client";
import { createImageClient as createNodeClient } from "@retouch/client/node";
import { createHandlers } from "@retouch/mock";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { drawImage } from "../support/sample-images.ts";

const baseUrl = "https://api.example.com";
const handlers = createHandlers({ baseUrl, render: "drawn" });
const server = setupServer(...handlers);
const params = { model: "gpt-image-1", prompt: "Paint it", size: "1536x1024" } as const;
let sample: Uint8Array;

beforeAll(async () => {
  server.listen({ onUnhandledFrame: "error" });
  sample = await drawImage("png", 96, 64);
});
afterEach(() => handlers.reset());
afterAll(() => server.close());

describe.each([
  ["@retouch/client", createImageClient, {}],
  // msw does not intercept this client's `node:http` sockets, so it is configured to use `fetch`. Both functions accept
  // the same options; the compiler cannot compare two generic functions.
  [
    "@retouch/client/node",
    createNodeClient as unknown as typeof createImageClient,
    { fetch: (...given: Parameters<typeof fetch>) => fetch(...given) },
  ],
] as const)("under msw %s", (_, create, options) => {
  const clientFor = (scenario = "ok") =>
    create({ apiKey: "any-long-key", baseUrl, headers: { "x-mock-scenario": scenario }, ...options });

  test("edits an image, and the handlers report the received form", async () => {
    const { images } = await clientFor().edit({ ...params, image: sample });
    expect(await images[0]?.bytes()).toBeInstanceOf(Uint8Array);
    expect(images[0]).toMatchObject({ mediaType: "image/png", width: 1536, height: 1024 });
    expect(handlers.requests).toMatchObject([{ model: params.model, status: 200 }]);
    expect(handlers.requests[0]?.parts.map(({ name }) => name)).toEqual(["prompt", "model", "size", "image"]);
  });

  test("streams previews", async () => {
    const types: string[] = [];
    const events = clientFor().stream({ ...params, image: sample, partial_images: 2 });
    for await (const { type } of events) types.push(type);
    expect(types).toEqual(["partial", "partial", "completed"]);
  });

  test("is rejected by moderation without a retry", async () => {
    await expect(clientFor("moderation").edit({ ...params, image: sample })).rejects.toMatchObject({
      outcome: "rejected",
      code: "moderation_blocked",
    });
    expect(handlers.requests).toHaveLength(1);
  });

  test("sends nothing that preflight rejects", async () => {
    await expect(clientFor().edit({ ...params, image: sample, n: 99 })).rejects.toMatchObject({
      outcome: "not-sent",
    });
    expect(handlers.requests).toHaveLength(0);
  });
});
