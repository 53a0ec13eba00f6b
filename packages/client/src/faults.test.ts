import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createImageClient } from "./create-image-client.ts";
import { isRetouchError } from "./errors/errors.ts";
import { sampleImage } from "./fixtures/images.ts";
import {
  type RawRequest,
  type RawServer,
  type RawServerScript,
  respond,
  startRawServer,
} from "./fixtures/start-raw-server.ts";
import type { ImageClientOptions } from "./options.ts";

const servers: RawServer[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const image = sampleImage();
const success = JSON.stringify({ data: [{ b64_json: Buffer.from(image).toString("base64") }] });

/** Runs one edit against a raw TCP server. Returns how it ended, and how many POSTs the server received. */
async function run(
  script: RawServerScript,
  options: ImageClientOptions = {},
  bytes: Uint8Array<ArrayBuffer> = image,
) {
  const server = await startRawServer(script);
  servers.push(server);
  const baseUrl = new URL(server.url).origin;
  const client = createImageClient({ apiKey: "sk-test-key-0123", baseUrl, timeoutMs: 20_000, ...options });
  const ended = await client.edit({ model: "acme-9", image: bytes, prompt: "A red hat" }).then(
    ({ images }) => `${images.length} image`,
    (error: unknown) => (isRetouchError(error) ? `${error.name} ${error.outcome}` : error),
  );
  return { ended, posts: server.requests.length };
}

/** Options of a client whose time is up when it receives the response's headers, however long that took. */
function timesOutAtHeaders(): ImageClientOptions {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
  return { timeoutMs: 60_000, onResponse: () => void setImmediate(() => vi.advanceTimersByTime(60_000)) };
}

describe("an edit on fetch", () => {
  it("retries an edit whose connection is refused, which was not sent", async () => {
    const server = await startRawServer({});
    await server.close();
    const delays: number[] = [];
    const client = createImageClient({
      apiKey: "sk-test-key-0123",
      baseUrl: new URL(server.url).origin,
      maxRetries: 1,
      onRetry: ({ delayMs }) => void delays.push(delayMs),
    });
    await expect(client.edit({ model: "acme-9", image, prompt: "x" })).rejects.toMatchObject({
      name: "NetworkError",
      outcome: "not-sent",
      code: "connection_refused",
    });
    expect(delays).toHaveLength(1);
  });

  it.each([
    ["is reset before its body was read", { onHead: ({ socket }) => void socket.resetAndDestroy() }],
    ["is reset after its body", { onComplete: ({ socket }) => void socket.resetAndDestroy() }],
    ["is closed after its body", { onComplete: ({ socket }) => void socket.end() }],
    ["gets half of the headers", { onComplete: (request) => void request.socket.end("HTTP/1.1 200 O") }],
    ["gets no HTTP", { onComplete: (request) => void request.socket.end("SSH-2.0-OpenSSH\r\n") }],
    [
      "gets half of a response",
      {
        onComplete: ({ socket }) =>
          void socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n${success.slice(0, 60)}`),
      },
    ],
    [
      "gets a response that does not match its content-encoding",
      { onComplete: (request) => respond(request, 200, success, ["content-encoding: gzip"]) },
    ],
  ] as [string, RawServerScript][])(
    "posts an edit once, with the outcome `unknown`, when it %s",
    async (_, script) => {
      const { ended, posts } = await run(script);
      expect(ended).toMatch(/^(NetworkError|InvalidResponseError) unknown$/);
      expect(posts).toBe(1);
    },
  );

  it("reads a gzip response, and one that arrives a few bytes at a time", async () => {
    const zipped = gzipSync(success);
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${zipped.length}\r\n\r\n`;
    expect(
      await run({
        onComplete: ({ socket }) => void socket.write(Buffer.concat([Buffer.from(head), zipped])),
      }),
    ).toEqual({
      ended: "1 image",
      posts: 1,
    });
    const slowly = ({ socket }: RawRequest): void => {
      socket.setNoDelay(true);
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${success.length}\r\n\r\n`);
      const drip = (at: number): void => {
        if (at < success.length) socket.write(success.slice(at, at + 7), () => setImmediate(drip, at + 7));
      };
      drip(0);
    };
    expect(await run({ onComplete: slowly })).toEqual({ ended: "1 image", posts: 1 });
  });

  it("ends at its deadline when a response never ends", async () => {
    const script: RawServerScript = {
      onComplete: ({ socket }) =>
        void socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n${success.slice(0, 30)}`),
    };
    expect(await run(script, timesOutAtHeaders())).toEqual({ ended: "TimeoutError unknown", posts: 1 });
  });

  it("does not wait for an error's body that never arrives, nor read one that never ends", async () => {
    const hanging: RawServerScript = {
      onComplete: ({ socket }) =>
        void socket.write('HTTP/1.1 400 Bad\r\ncontent-length: 9000\r\n\r\n{"error":'),
    };
    expect(await run(hanging, timesOutAtHeaders())).toEqual({ ended: "HttpError rejected", posts: 1 });
    vi.useRealTimers();
    const flooding: RawServerScript = {
      onComplete({ socket }) {
        socket.write("HTTP/1.1 500 Bad\r\ntransfer-encoding: chunked\r\n\r\n");
        const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
        const flood = (): void => {
          if (!socket.destroyed) socket.write(chunk, () => setImmediate(flood));
        };
        flood();
      },
    };
    expect(await run(flooding)).toEqual({ ended: "HttpError unknown", posts: 1 });
  });

  it("trusts a 413 that arrives while the form is being sent", async () => {
    const script: RawServerScript = {
      stopReadingAfterBytes: 1,
      onHead: (request) => respond(request, 413, "{}"),
    };
    const { ended, posts } = await run(script, {}, new Uint8Array([...image, ...new Uint8Array(8_000_000)]));
    expect([ended, posts]).toEqual(["HttpError rejected", 1]);
  });
});
