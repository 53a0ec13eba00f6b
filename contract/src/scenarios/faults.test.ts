import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { createImageClient, type ImageClient, isRetouchError } from "@retouch/client";
import { createImageClient as createNodeClient } from "@retouch/client/node";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type RawPost,
  type RawScript,
  type RawServer,
  respond,
  startRawServer,
} from "../support/raw-server.ts";
import { drawImage } from "../support/sample-images.ts";

const clients = {
  fetch: createImageClient,
  // Both accept the same options; the compiler cannot compare two generic functions.
  node: createNodeClient as unknown as typeof createImageClient,
};
type Runtime = keyof typeof clients;

/** The result of an edit, and how many POST headers reach the server; `maxRetries` is 1. */
interface Expected {
  readonly ends: string | RegExp;
  readonly posts: number;
}

interface Fault extends Expected {
  readonly script: RawScript;
  /** The result on `node:http`, where it differs from `fetch`. */
  readonly node?: Expected;
  /** A form of 24 MB, larger than any buffer in between. */
  readonly isBig?: true;
  /** The server advances the timers' clock, which otherwise runs in real time. */
  readonly isTimed?: true;
}

const timeoutMs = 60_000;
const sent = { ends: "NetworkError unknown", posts: 1 } as const;
const unread = { ends: /^(?:NetworkError|InvalidResponseError) unknown$/, posts: 1 } as const;
const fine = { ends: "1 image", posts: 1 } as const;
const refused = { ends: "HttpError rejected", posts: 1 } as const;
const notSent = { ends: "NetworkError not-sent", posts: 2 } as const;

let sample: Uint8Array;
let success: string;
const servers: RawServer[] = [];

beforeAll(async () => {
  sample = await drawImage("png", 96, 64);
  success = JSON.stringify({ data: [{ b64_json: Buffer.from(sample).toString("base64") }] });
});

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const write = ({ socket }: RawPost, head: string, body: string | Uint8Array = ""): void => {
  socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 200 Fine\r\n${head}\r\n`), Buffer.from(body)]));
};

/** Writes a response one byte at a time, each as its own segment. */
function drip({ socket }: RawPost, text: string, at = 0): void {
  socket.setNoDelay(true);
  if (at < text.length) socket.write(text[at] ?? "", () => drip({ socket } as RawPost, text, at + 1));
}

const faults: Readonly<Record<string, Fault>> = {
  "reset before a byte of it is read": {
    script: { onConnect: (socket) => void socket.resetAndDestroy() },
    // fetch can detect a reset while connecting.
    ends: /^NetworkError (?:unknown|not-sent)$/,
    posts: 0,
    node: { ends: "NetworkError not-sent", posts: 0 },
    isBig: true,
  },
  "reset at the headers": {
    script: { onHead: ({ socket }) => void socket.resetAndDestroy() },
    isBig: true,
    ...sent,
    node: notSent,
  },
  "reset within the body": {
    script: { onData: ({ socket, receivedBytes }) => receivedBytes > 1e6 && void socket.resetAndDestroy() },
    isBig: true,
    ...sent,
    node: notSent,
  },
  "reset after the body": { script: { onComplete: ({ socket }) => void socket.resetAndDestroy() }, ...sent },
  "hung up on after the body": { script: { onComplete: ({ socket }) => void socket.end() }, ...sent },
  "half a head": { script: { onComplete: ({ socket }) => void socket.end("HTTP/1.1 200 Fi") }, ...sent },
  "no HTTP": { script: { onComplete: ({ socket }) => void socket.end("SSH-2.0-OpenSSH\r\n") }, ...sent },
  "half a response": {
    script: {
      onComplete(post) {
        write(post, `content-length: ${success.length}\r\n`, success.slice(0, success.length / 2));
        post.socket.end();
      },
    },
    ...sent,
  },
  "a response shorter than its Content-Length, and silence": {
    script: {
      onComplete(post) {
        write(post, `content-length: ${success.length + 9}\r\n`, success);
        vi.advanceTimersByTime(timeoutMs);
      },
    },
    isTimed: true,
    ends: "TimeoutError unknown",
    posts: 1,
  },
  "a response longer than its Content-Length": {
    script: { onComplete: (post) => write(post, `content-length: ${success.length - 9}\r\n`, success) },
    ends: "InvalidResponseError unknown",
    posts: 1,
  },
  "a Content-Length that is not a number": {
    script: { onComplete: (post) => write(post, "content-length: lots\r\n", success) },
    ...sent,
  },
  "a chunk with an invalid length": {
    script: { onComplete: (post) => write(post, "transfer-encoding: chunked\r\n", "zz\r\nfine\r\n") },
    ...unread,
  },
  "a response one byte at a time": {
    script: {
      onComplete: (post) =>
        drip(post, `HTTP/1.1 200 Fine\r\ncontent-length: ${success.length}\r\n\r\n${success}`),
    },
    ...fine,
  },
  "a response in gzip": {
    script: {
      onComplete: (post) => respond(post, 200, gzipSync(success), ["content-encoding: gzip"]),
    },
    ...fine,
  },
  "half a response in gzip": {
    script: {
      onComplete: (post) => respond(post, 200, gzipSync(success).subarray(0, 40), ["content-encoding: gzip"]),
    },
    ...unread,
  },
  "a response declared as gzip that is not gzip": {
    script: { onComplete: (post) => respond(post, 200, success, ["content-encoding: gzip"]) },
    ...unread,
    // On Node the false label is recognized by the bytes.
    node: fine,
  },
  "413 while it uploads, to a server that reads no more": {
    script: { stopsReading: true, onHead: (post) => respond(post, 413, "{}") },
    isBig: true,
    ...refused,
  },
  "413 while it uploads, and the connection closed": {
    script: {
      onHead(post) {
        respond(post, 413, "{}", ["connection: close"]);
        post.socket.destroySoon();
      },
    },
    isBig: true,
    // fetch does not always read the data before the reset.
    ends: /^(?:HttpError rejected|NetworkError unknown)$/,
    posts: 1,
    node: refused,
  },
};

function clientFor(runtime: Runtime, { url }: RawServer): ImageClient {
  return clients[runtime]({ apiKey: "any", baseUrl: url, maxRetries: 1, timeoutMs });
}

async function edit(client: ImageClient, isBig = false): Promise<string> {
  const image = isBig ? new Uint8Array(24_000_000) : sample;
  if (isBig) image.set(sample);
  return client.edit({ model: "acme-9", image, prompt: "x" }).then(
    ({ images }) => `${images.length} image`,
    (error: unknown) => (isRetouchError(error) ? `${error.name} ${error.outcome}` : String(error)),
  );
}

/** Counts complete forms in addition to POSTs, because two of them may be billed twice. */
async function start(script: RawScript): Promise<{ server: RawServer; complete: () => number }> {
  let complete = 0;
  const server = await startRawServer({
    ...script,
    onComplete(post) {
      complete += 1;
      script.onComplete?.(post);
    },
  });
  servers.push(server);
  return { server, complete: () => complete };
}

describe.each(["fetch", "node"] as const)("the built client on %s meets", (runtime) => {
  test.each(Object.entries(faults))("%s", async (_, fault) => {
    const { server, complete } = await start(fault.script);
    const { ends, posts } = (runtime === "node" ? fault.node : undefined) ?? fault;
    if (fault.isTimed) vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    const seen = await edit(clientFor(runtime, server), fault.isBig);
    if (typeof ends === "string") expect(seen).toBe(ends);
    else expect(seen).toMatch(ends);
    expect(server.posts).toHaveLength(posts);
    expect(complete()).toBeLessThanOrEqual(seen.endsWith("not-sent") ? 0 : 1);
  });

  test("a closed port", async () => {
    const { server } = await start({});
    await server.close();
    servers.length = 0;
    expect(await edit(clientFor(runtime, server))).toBe("NetworkError not-sent");
  });

  test.each(["end", "resetAndDestroy"] as const)(
    "an idle connection that the server gives up by `%s` as the next edit comes",
    async (how) => {
      const seenOn = new Map<number, number>();
      const { server, complete } = await start({
        onHead({ connection, socket }) {
          seenOn.set(connection, (seenOn.get(connection) ?? 0) + 1);
          if (seenOn.get(connection) === 2) socket[how]();
        },
        onComplete: (post) => !post.socket.destroyed && respond(post, 200, success),
      });
      const client = clientFor(runtime, server);
      const mostOnOne = () => Math.max(0, ...seenOn.values());
      let [before, seen] = [0, ""];
      // fetch releases its connection a tick after the response was read, which may be too late for the next edit.
      for (let tick = 0; tick < 50 && mostOnOne() < 2; tick += 1) {
        before = complete();
        seen = await edit(client);
      }
      expect(mostOnOne()).toBe(2);
      expect(complete() - before).toBeLessThanOrEqual(1);
      if (seen === "NetworkError not-sent") expect(complete() - before).toBe(0);
      else expect(seen).toMatch(/^(?:1 image|NetworkError unknown)$/);
    },
  );

  test("an idle connection that the server had closed before", async () => {
    let closed: Promise<unknown> | undefined;
    const { server } = await start({
      onComplete(post) {
        closed = once(post.socket, "close");
        respond(post, 200, success);
        post.socket.end();
      },
    });
    const client = clientFor(runtime, server);
    for (let round = 1; round <= 3; round += 1) {
      expect(await edit(client)).toBe("1 image");
      await closed;
    }
    expect(server.posts).toHaveLength(3);
  });
});
