import { createImageClient } from "@retouch/client";
import { createImageClient as createNodeClient } from "@retouch/client/node";
import { createHandlers } from "@retouch/mock";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { picture } from "./sample-pictures.ts";

const baseUrl = "https://api.example.com";
const handlers = createHandlers({ baseUrl, render: "drawn" });
const server = setupServer(...handlers);
const params = { model: "gpt-image-1", prompt: "Paint it", size: "1536x1024" } as const;
let sample: Uint8Array;

beforeAll(async () => {
  server.listen({ onUnhandledFrame: "error" });
  sample = await picture("png", 96, 64);
});
afterEach(() => handlers.reset());
afterAll(() => server.close());

describe.each([
  ["@retouch/client", createImageClient, {}],
  // msw does not see the sockets of `node:http` that this client opens: it is told to send with `fetch`. It takes all
  // that the other takes; the compiler can not compare two generic functions.
  [
    "@retouch/client/node",
    createNodeClient as unknown as typeof createImageClient,
    { fetch: (...given: Parameters<typeof fetch>) => fetch(...given) },
  ],
] as const)("under msw %s", (_, create, options) => {
  const clientFor = (scenario = "ok") =>
    create({ apiKey: "any-long-key", baseUrl, headers: { "x-mock-scenario": scenario }, ...options });

  test("edits a picture, and the handlers tell what they were sent", async () => {
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

  test("is refused by moderation, once", async () => {
    await expect(clientFor("moderation").edit({ ...params, image: sample })).rejects.toMatchObject({
      outcome: "rejected",
      code: "moderation_blocked",
    });
    expect(handlers.requests).toHaveLength(1);
  });

  test("sends nothing that preflight refuses", async () => {
    await expect(clientFor().edit({ ...params, image: sample, n: 99 })).rejects.toMatchObject({
      outcome: "not-sent",
    });
    expect(handlers.requests).toHaveLength(0);
  });
});
