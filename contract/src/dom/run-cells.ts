import { createImageClient } from "@retouch/client";
import { createImageEditHandler } from "@retouch/client/server";
import { createTestClient } from "@retouch/client/testing";
import { createHandlers } from "@retouch/mock";
import { directTransport, EditSession, proxyTransport } from "@retouch/react-hooks";
import { http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

const base64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const bytes = (): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
/** A PNG with 1.6 MB behind its end, which clients send in another way than a small one. */
const large = (): Uint8Array<ArrayBuffer> => {
  const padded = new Uint8Array(1_600_000);
  padded.set(bytes());
  return padded;
};

const inputs = {
  bytes,
  buffer: () => bytes().buffer,
  blob: () => new Blob([bytes()], { type: "image/png" }),
  file: () => new File([bytes()], "a.png", { type: "image/png" }),
  "a data: URI": () => `data:image/png;base64,${base64}` as const,
  "a large file": () => new File([large()], "a.png", { type: "image/png" }),
};
const apiKey = "any-long-key-0123456789";
const baseUrl = "https://api.example.com";

/** Tests the three ways in which components are tested, with every kind of image that the environment can make. */
export function runCells(): void {
  const handlers = createHandlers({ baseUrl, render: "drawn", keepBytes: true, proxyPath: "/api/mocked" });
  const server = setupServer(...handlers);
  // msw 2 knows only the first name, msw 3 only the second.
  const strict = { onUnhandledRequest: "error", onUnhandledFrame: "error" } as const;
  beforeAll(() => server.listen(strict));
  afterEach(() => {
    handlers.reset();
    server.resetHandlers();
  });
  afterAll(() => server.close());

  // The environment's version is in the report, by which `contract/full` sees that it is the one it asked for.
  describe.each(Object.entries(inputs))(`${navigator.userAgent} with %s`, (_, input) => {
    const params = () => ({ model: "gpt-image-1", prompt: "x", image: input() }) as const;
    const received = () => {
      expect(handlers.requests).toHaveLength(1);
      const { bytes: part = [] } = handlers.requests[0]?.parts.find(({ name }) => name === "image") ?? {};
      return Array.from(part.slice(0, 70));
    };

    test("a direct client edits and streams", async () => {
      const client = createImageClient({ apiKey, baseUrl, dangerouslyAllowBrowser: true });
      const { images } = await client.edit(params());
      expect((await images[0]?.blob())?.size).toBeGreaterThan(50);
      expect(received()).toEqual(Array.from(bytes()));
      const types: string[] = [];
      for await (const { type } of client.stream({ ...params(), partial_images: 1 })) types.push(type);
      expect(types).toEqual(["partial", "completed"]);
    });

    test("a session edits through the proxy", async () => {
      const handle = createImageEditHandler({
        apiKey,
        baseUrl,
        authorize: "public",
        allowedOrigins: [location.origin],
      });
      server.use(http.post("*/api/image-edit", ({ request }) => handle(request)));
      const session = new EditSession({ transport: proxyTransport("/api/image-edit") });
      const step = await session.editOrThrow(params());
      expect(step.url).toMatch(/./);
      expect(step.blob?.size).toBeGreaterThan(50);
      expect(received()).toEqual(Array.from(bytes()));
      session.dispose();
      expect(session.liveUrls).toBe(0);
    });

    test("a session edits through the mock of the proxy", async () => {
      const session = new EditSession({ transport: proxyTransport("/api/mocked") });
      expect((await session.editOrThrow(params())).blob?.size).toBeGreaterThan(50);
      expect(received()).toEqual(Array.from(bytes()));
      session.dispose();
    });

    test("a session edits with the test client", async () => {
      const client = createTestClient({ calls: [[{ type: "result", images: [input()] }]] });
      const session = new EditSession({ transport: directTransport(client) });
      await session.editOrThrow(params());
      const file = client.requests[0]?.files[0];
      expect(file).toMatchObject({ field: "image", mediaType: "image/png" });
      expect(Array.from(file?.bytes.slice(0, 70) ?? [])).toEqual(Array.from(bytes()));
      expect(client.requests[0]?.fields["prompt"]).toBe("x");
      session.dispose();
    });
  });

  test("a rejection by the proxy keeps its outcome", async () => {
    const handle = createImageEditHandler({
      apiKey,
      baseUrl,
      authorize: () => false,
      allowedOrigins: [location.origin],
    });
    server.use(http.post("*/api/image-edit", ({ request }) => handle(request)));
    const session = new EditSession({ transport: proxyTransport("/api/image-edit") });
    await session.edit({ prompt: "x", image: bytes() });
    expect(session.getSnapshot()).toMatchObject({ status: "error", outcome: "not-sent" });
  });

  test("an edit that hangs is canceled", async () => {
    server.use(http.post("*/api/image-edit", () => new Promise<never>(() => undefined)));
    const session = new EditSession({ transport: proxyTransport("/api/image-edit") });
    session.subscribe(() => {
      if (session.getSnapshot().status === "uploading") session.cancel();
    });
    await session.edit({ prompt: "x", image: bytes() });
    expect(session.getSnapshot()).toMatchObject({ status: "canceled", outcome: "unknown" });
  });
}
