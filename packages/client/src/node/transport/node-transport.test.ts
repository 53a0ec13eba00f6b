import { Agent } from "node:http";
import type { Socket } from "node:net";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { InvalidInputError } from "../../errors/errors.ts";
import { createForm, firstDifference } from "../../fixtures/create-form.ts";
import {
  type RawServer,
  type RawServerScript,
  respond,
  startRawServer,
} from "../../fixtures/start-raw-server.ts";
import {
  type Delivery,
  type Transport,
  TransportFailure,
  type TransportRequest,
  type TransportResponse,
} from "../../transport/transport.ts";
import { createNodeTransport } from "./node-transport.ts";

const servers: RawServer[] = [];
async function start(script: RawServerScript): Promise<RawServer> {
  const server = await startRawServer(script);
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const bigBytes = 3_000_000;
function requestTo(server: { url: string }, overrides: Partial<TransportRequest> = {}): TransportRequest {
  const body = overrides.body ?? createForm(bigBytes);
  return {
    url: server.url,
    headers: { authorization: "Bearer sk-marker", "content-type": body.contentType },
    body,
    signal: new AbortController().signal,
    ...overrides,
  };
}

async function bytesOf(response: TransportResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk.slice());
  return Buffer.concat(chunks);
}

async function post(send: Transport, request: TransportRequest): Promise<string> {
  return (await bytesOf(await send(request))).toString();
}

async function failureOf(promise: Promise<unknown>): Promise<TransportFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TransportFailure);
  return error as TransportFailure;
}

const reset = ({ socket }: { socket: Socket }): void => {
  socket.resetAndDestroy();
};

describe("createNodeTransport", () => {
  it.each([200, 2_000, bigBytes])(
    "sends a form of %i bytes completely and with its exact length",
    async (byteLength) => {
      const server = await start({
        keepBodies: true,
        onComplete: (request) => respond(request, 200, "fine"),
      });
      const body = createForm(byteLength);
      expect(await post(createNodeTransport(), requestTo(server, { body }))).toBe("fine");
      const [request] = server.requests;
      expect(request?.head).toMatch(/^POST \/v1\/images\/edits HTTP\/1\.1\r\n/);
      expect(request?.headers.get("content-length")).toBe(String(byteLength));
      expect(request?.headers.has("transfer-encoding")).toBe(false);
      expect(request?.headers.get("host")).toBe(`127.0.0.1:${server.port}`);
      expect(firstDifference(request?.body ?? [], byteLength)).toBe(-1);
    },
  );

  it("sends several edits one after the other over one connection", async () => {
    const server = await start({ onComplete: (request) => respond(request, 200, "fine") });
    const send = createNodeTransport();
    for (let i = 0; i < 3; i++) await post(send, requestTo(server));
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 1]);
  });

  it("reports progress that grows up to the total, and how much the server can have", async () => {
    const server = await start({ onComplete: (request) => respond(request, 200, "fine") });
    const loaded: number[] = [];
    const deliveries: Delivery[] = [];
    await post(
      createNodeTransport(),
      requestTo(server, {
        onUploadProgress: ({ loadedBytes }) => loaded.push(loadedBytes),
        onDelivery: (delivery) => deliveries.push(delivery),
      }),
    );
    expect(loaded).toEqual([...new Set(loaded)].sort((a, b) => a - b));
    expect(loaded.at(-1)).toBe(bigBytes);
    expect(deliveries).toEqual(["none", "incomplete", "possible"]);
  });

  it("sends through a given fetch before anything else", async () => {
    const server = await start({ onComplete: (request) => respond(request, 200, "fine") });
    let calls = 0;
    const send = createNodeTransport({
      fetch: (url, init) => {
        calls += 1;
        return fetch(url, init);
      },
    });
    expect(await post(send, requestTo(server))).toBe("fine");
    expect(calls).toBe(1);
  });

  it("sends through a given agent", async () => {
    const server = await start({ onComplete: (request) => respond(request, 200, "fine") });
    const agent = new Agent({ keepAlive: true });
    await post(createNodeTransport({ agent }), requestTo(server));
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
    agent.destroy();
  });
});

describe("createNodeTransport", () => {
  it("returns a redirect as the response, and does not follow it", async () => {
    const server = await start({
      onComplete: (request) => respond(request, 307, "", ["location: /elsewhere"]),
    });
    const response = await createNodeTransport()(requestTo(server));
    expect(response.status).toBe(307);
    await bytesOf(response);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ] as const)("decodes a response in %s, which was not requested", async (coding, compress) => {
    const server = await start({
      onComplete: ({ socket }) => {
        const body = compress(Buffer.from("a billed image"));
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${body.byteLength}\r\n\r\n`,
        );
        socket.write(body);
      },
    });
    const response = await createNodeTransport()(requestTo(server));
    expect((await bytesOf(response)).toString()).toBe("a billed image");
    expect(response.headers.get("Content-Encoding")).toBeNull();
    expect(server.requests[0]?.headers.get("accept-encoding")).toBe("identity");
  });

  it("returns the bytes as they arrived when it does not know their encoding", async () => {
    const server = await start({
      onComplete: (request) => respond(request, 200, "as it is", ["content-encoding: snappy"]),
    });
    const response = await createNodeTransport()(requestTo(server));
    expect((await bytesOf(response)).toString()).toBe("as it is");
    expect(response.headers.get("content-encoding")).toBe("snappy");
  });

  it("returns the response after 100 and 103", async () => {
    const server = await start({
      onHead: ({ socket }) => socket.write("HTTP/1.1 100 Continue\r\n\r\n"),
      onComplete: (request) => {
        request.socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");
        respond(request, 200, "fine");
      },
    });
    expect(await post(createNodeTransport(), requestTo(server))).toBe("fine");
  });

  it("reads a response that arrives byte by byte", async () => {
    const server = await start({
      async onComplete({ socket }) {
        socket.setNoDelay(true);
        for (const byte of "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfine\r\n0\r\n\r\n") {
          await new Promise((resolve) => socket.write(byte, resolve));
        }
      },
    });
    expect(await post(createNodeTransport(), requestTo(server))).toBe("fine");
  });

  it("reads a response without a length up to the end of the connection", async () => {
    const server = await start({ onComplete: ({ socket }) => socket.end("HTTP/1.1 200 OK\r\n\r\nfine") });
    expect(await post(createNodeTransport(), requestTo(server))).toBe("fine");
  });

  it("reads only the announced length of a response, and drops that connection", async () => {
    const server = await start({
      onComplete: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine and more"),
    });
    expect(await post(createNodeTransport(), requestTo(server))).toBe("fine");
    await server.allClosed();
  });

  it("reads an early rejection completely during the upload, and stops uploading", async () => {
    const server = await start({
      stopReadingAfterBytes: 100_000,
      onHead: (request) => respond(request, 413, "too large"),
    });
    const read: number[] = [];
    const byteLength = 100_000_000;
    const body = createForm(byteLength, { onChunk: (loaded) => void read.push(loaded) });
    const response = await createNodeTransport()(requestTo(server, { body }));
    expect(response.status).toBe(413);
    expect((await bytesOf(response)).toString()).toBe("too large");
    server.resumeReading();
    await server.allClosed();
    expect(read.at(-1)).toBeLessThan(byteLength / 2);
  });

  it("reads an early rejection whose server closes and resets immediately, every time", async () => {
    const server = await start({
      onHead: ({ socket }) => {
        socket.end("HTTP/1.1 413 Too Large\r\ncontent-length: 9\r\nconnection: close\r\n\r\ntoo large");
        socket.destroySoon();
      },
    });
    const send = createNodeTransport();
    for (let i = 0; i < 30; i++) {
      const response = await send(requestTo(server, { body: createForm(20_000_000) }));
      expect(response.status).toBe(413);
      expect((await bytesOf(response)).toString()).toBe("too large");
    }
    expect(server.requests).toHaveLength(30);
  });

  it("reads a response that begins during the upload, and sends the rest of the form", async () => {
    const server = await start({
      keepBodies: true,
      onHead: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n \r\n"),
      onComplete: ({ socket }) => socket.write("4\r\nfine\r\n0\r\n\r\n"),
    });
    expect(await post(createNodeTransport(), requestTo(server))).toBe(" fine");
    expect(firstDifference(server.requests[0]?.body ?? [], bigBytes)).toBe(-1);
  });
});

describe("createNodeTransport", () => {
  it("reports `none` for a refused connection", async () => {
    const server = await startRawServer({});
    await server.close();
    const failure = await failureOf(createNodeTransport()(requestTo(server)));
    expect(failure).toMatchObject({ delivery: "none", code: "connection_refused" });
  });

  it("reports `incomplete` for a reset before the headers are read, and counts no POST", async () => {
    const server = await start({ onConnect: (socket) => socket.resetAndDestroy() });
    const failure = await failureOf(createNodeTransport()(requestTo(server)));
    expect(failure.delivery).not.toBe("possible");
    expect(server.requests).toHaveLength(0);
  });

  it.each(["onHead", "onData"] as const)(
    "reports `incomplete` for a reset within a form larger than any buffer (%s)",
    async (when) => {
      const server = await start({ [when]: reset });
      const body = createForm(50_000_000);
      const failure = await failureOf(createNodeTransport()(requestTo(server, { body })));
      expect(failure).toMatchObject({ delivery: "incomplete", code: "connection_reset" });
      expect(server.requests).toHaveLength(1);
    },
  );

  it("reports `possible` for a reset once the form was complete", async () => {
    const server = await start({ onComplete: reset });
    const failure = await failureOf(createNodeTransport()(requestTo(server)));
    expect(failure).toMatchObject({ delivery: "possible", code: "connection_reset" });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ["half a response", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"],
    ["half a chunked response", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nhalf"],
    ["a broken chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfineZZZZ\r\n"],
    [
      "a broken gzip",
      "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\xff\xfe\xfd\xfc",
    ],
    ["half a gzip", "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08"],
  ])("reports `possible` for %s", async (_, bytes) => {
    const server = await start({ onComplete: ({ socket }) => socket.end(bytes, "latin1") });
    const response = await createNodeTransport()(requestTo(server));
    expect(await failureOf(bytesOf(response))).toMatchObject({ delivery: "possible" });
    await server.allClosed();
  });

  it.each([
    ["as it is", (text: string) => Buffer.from(text), ""],
    [
      "in gzip",
      (text: string) => gzipSync(text, { finishFlush: constants.Z_SYNC_FLUSH }),
      "content-encoding: gzip\r\n",
    ],
  ] as const)("yields the part of a response that arrived before a cut, %s", async (_, encode, header) => {
    const server = await start({
      onComplete({ socket }) {
        socket.write(`HTTP/1.1 200 OK\r\n${header}content-length: 9999\r\n\r\n`);
        socket.end(encode("a billed image"));
      },
    });
    const response = await createNodeTransport()(requestTo(server));
    // Late enough that headers, body and end have all arrived.
    await server.allClosed();
    let text = "";
    const read = async (): Promise<void> => {
      for await (const chunk of response.body) text += Buffer.from(chunk).toString();
    };
    expect(await failureOf(read())).toMatchObject({ delivery: "possible", code: "connection_reset" });
    expect(text).toBe("a billed image");
  });

  it("reports `possible` and `bad_response` for data that is not HTTP", async () => {
    const server = await start({ onComplete: ({ socket }) => socket.end("SSH-2.0-OpenSSH\r\n") });
    const failure = await failureOf(createNodeTransport()(requestTo(server)));
    expect(failure).toMatchObject({ delivery: "possible", code: "bad_response" });
  });

  it("reports `possible` for incomplete headers", async () => {
    const server = await start({ onComplete: ({ socket }) => socket.end("HTTP/1.1 200 OK\r\ncontent-le") });
    expect(await failureOf(createNodeTransport()(requestTo(server)))).toMatchObject({ delivery: "possible" });
  });

  it("reports why an image cannot be read, and never completes the form", async () => {
    const server = await start({});
    const unreadable = new InvalidInputError({ problems: [] });
    const body = createForm(bigBytes, {
      onChunk: (loaded) => (loaded > 1_000_000 ? Promise.reject(unreadable) : undefined),
    });
    await expect(createNodeTransport()(requestTo(server, { body }))).rejects.toBe(unreadable);
    await server.allClosed();
    expect(server.requests[0]?.receivedBytes).toBeLessThan(bigBytes);
  });
});

describe("createNodeTransport", () => {
  it("opens a new connection when the server has closed the idle one", async () => {
    const server = await start({ onComplete: (request) => respond(request, 200, "fine") });
    const send = createNodeTransport();
    expect(await post(send, requestTo(server))).toBe("fine");
    // Called when the close was sent, and before this process has read it.
    await new Promise<void>((resolve) => server.requests[0]?.socket.end(resolve));
    expect(await post(send, requestTo(server))).toBe("fine");
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it.each(["end", "resetAndDestroy"] as const)(
    "reports `incomplete` for a race with the server's %s of an idle connection only without a complete form",
    async (how) => {
      // The server closes each connection at the second request's headers, like one that timed out a moment earlier.
      const server = await start({
        onComplete: (request) => respond(request, 200, "fine"),
        onHead: (request) => {
          if (server.requests.filter(({ connection }) => connection === request.connection).length > 1) {
            request.socket[how]();
          }
        },
      });
      for (const byteLength of [200, 20_000, bigBytes]) {
        const send = createNodeTransport();
        await post(send, requestTo(server, { body: createForm(200) }));
        const before = server.requests.length;
        const result = await send(requestTo(server, { body: createForm(byteLength) })).then(
          () => undefined,
          (error: unknown) => error,
        );
        const second = server.requests[before];
        const isComplete = second?.receivedBytes === byteLength;
        if (result instanceof TransportFailure && isComplete) expect(result.delivery).toBe("possible");
        expect(server.requests.length - before).toBe(1);
      }
    },
  );
});

describe("createNodeTransport", () => {
  it("sends nothing when the signal is already aborted", async () => {
    const server = await start({});
    const reason = { why: "changed my mind" };
    const signal = AbortSignal.abort(reason);
    await expect(createNodeTransport()(requestTo(server, { signal }))).rejects.toBe(reason);
    expect(server.requests).toHaveLength(0);
  });

  it.each(["onConnect", "onHead", "onData", "onComplete"] as const)(
    "closes the connection when aborted in %s",
    async (when) => {
      const controller = new AbortController();
      const reason = new Error("stop");
      const server = await start({ [when]: () => controller.abort(reason) });
      const body = createForm(when === "onComplete" ? 2_000 : 50_000_000);
      const sent = createNodeTransport()(requestTo(server, { body, signal: controller.signal }));
      await expect(sent).rejects.toBe(reason);
      await server.allClosed();
    },
  );

  it("closes the connection when aborted while the server reads nothing", async () => {
    const controller = new AbortController();
    const server = await start({ stopReadingAfterBytes: 1 });
    let chunks = 0;
    const body = createForm(200_000_000, {
      onChunk: () => {
        chunks += 1;
        if (chunks === 3) setImmediate(() => controller.abort("stop"));
      },
    });
    const sent = createNodeTransport()(requestTo(server, { body, signal: controller.signal }));
    await expect(sent).rejects.toBe("stop");
    server.resumeReading();
    await server.allClosed();
  });

  it("closes the connection when aborted within the response", async () => {
    const controller = new AbortController();
    const server = await start({
      onComplete: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
    });
    const response = await createNodeTransport()(requestTo(server, { signal: controller.signal }));
    const read = async (): Promise<void> => {
      for await (const _ of response.body) controller.abort("stop");
    };
    await expect(read()).rejects.toBe("stop");
    await server.allClosed();
  });

  it("leaves no listener on the signal", async () => {
    const server = await start({ onComplete: (request) => respond(request, 200, "fine") });
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(signal, given);
    };
    signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(signal, given);
    };
    const send = createNodeTransport();
    for (let i = 0; i < 3; i++) await post(send, requestTo(server, { signal }));
    expect(listeners).toBe(0);
  });

  it("closes the connection when a reader stops early", async () => {
    const server = await start({
      onComplete: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
    });
    const response = await createNodeTransport()(requestTo(server));
    for await (const _ of response.body) break;
    await server.allClosed();
  });

  it("closes the connection when a reader never starts, or stops while it waits", async () => {
    const server = await start({
      onComplete: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
    });
    for (const reads of [0, 2]) {
      const { body } = await createNodeTransport()(requestTo(server));
      const iterator = body[Symbol.asyncIterator]();
      const reading = Array.from({ length: reads }, () => iterator.next());
      await reading[0];
      await iterator.return?.();
      await Promise.allSettled(reading);
      await server.allClosed();
    }
  });
});
