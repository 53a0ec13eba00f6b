import { once } from "node:events";
import { createServer } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { createGzip } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import type { ImageEditHandler } from "./handler-options.ts";
import { toNodeListener } from "./to-node-listener.ts";

const open: ReturnType<typeof createServer>[] = [];

afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function serve(handler: ImageEditHandler): Promise<number> {
  const server = createServer(toNodeListener(handler));
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

test("forwards method, URL, headers and body, and returns the response", async () => {
  const port = await serve(async (request) => {
    const text = await request.text();
    return new Response(
      `${request.method} ${new URL(request.url).pathname} ${request.headers.get("x-a")} ${text}`,
      { status: 201 },
    );
  });
  const response = await fetch(`http://127.0.0.1:${port}/api/image-edit?x=1`, {
    method: "POST",
    body: "form",
    headers: { "x-a": "1" },
  });
  expect(response.status).toBe(201);
  expect(await response.text()).toBe("POST /api/image-edit 1 form");
});

test("responds before the form has arrived, without cutting the connection", async () => {
  const port = await serve(async () => new Response("too large", { status: 413 }));
  const body = new Uint8Array(8 * 1024 * 1024);
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body });
  expect([response.status, await response.text()]).toEqual([413, "too large"]);
});

test.each([401, 413])("cuts a form that continues without end after %i", async (status) => {
  const port = await serve(async () => new Response("no", { status }));
  const socket = connect(port, "127.0.0.1");
  let sentBytes = 0;
  const chunk = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(1_048_576), Buffer.from("\r\n")]);
  const write = (): void => {
    sentBytes += chunk.length;
    // The server closes the connection, or this goes on up to the limit.
    if (sentBytes > 200 * 1_048_576) socket.destroy();
    else if (!socket.destroyed) socket.write(chunk, write);
  };
  let received = "";
  socket.on("data", (data) => {
    received += String(data);
  });
  socket.write("POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
  await once(socket, "data");
  write();
  await new Promise((resolve) => socket.on("error", () => undefined).once("close", resolve));
  expect(received).toContain(`HTTP/1.1 ${status}`);
  expect(sentBytes).toBeLessThan(100 * 1_048_576);
});

test("aborts the request's signal when the page closes the connection", async () => {
  const aborted = deferred();
  const started = deferred();
  const port = await serve((request) => {
    started.resolve();
    return new Promise((_, reject) => {
      request.signal.addEventListener("abort", () => {
        aborted.resolve();
        reject(request.signal.reason);
      });
    });
  });
  const socket = connect(port, "127.0.0.1");
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\na");
  await started.promise;
  socket.destroy();
  await aborted.promise;
});

test("cancels the response's body when the page closes the connection during it", async () => {
  const canceled = deferred();
  const port = await serve(
    async () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new TextEncoder().encode("data: x\n\n")),
          cancel: () => canceled.resolve(),
        }),
      ),
  );
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await once(socket, "data");
  socket.destroy();
  await canceled.promise;
});

test("cuts the connection when the response's body fails, instead of ending it cleanly", async () => {
  const port = await serve(
    async () =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.error(new Error("upstream broke off")) }),
      ),
  );
  await expect(fetch(`http://127.0.0.1:${port}/`).then((response) => response.text())).rejects.toThrow();
});

test("responds to a request whose Host is not a host", async () => {
  const port = await serve(async (request) => new Response(new URL(request.url).host));
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: a b/c\r\nconnection: close\r\n\r\n");
  const [chunk] = (await once(socket, "data")) as [Buffer];
  expect(chunk.toString()).toMatch(/^HTTP\/1\.1 200/);
  socket.destroy();
});

test("reads the rest of a form that was rejected half-way, and then the next request", async () => {
  const port = await serve(async (request) => {
    if (request.method === "GET") return new Response("next");
    await request.body?.getReader().read();
    return new Response("too large", { status: 413 });
  });
  const socket = connect(port, "127.0.0.1");
  const block = `10000\r\n${"a".repeat(65_536)}\r\n`;
  socket.write(
    `POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${block.repeat(64)}0\r\n\r\n`,
  );
  socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  let said = "";
  for await (const chunk of socket) said += chunk;
  expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413", "HTTP/1.1 200"]);
});

test("ends, and cancels the response, when the page has closed the connection before it", async () => {
  const canceled = deferred();
  const ended = deferred();
  const gone = deferred();
  const listener = toNodeListener(async (request) => {
    await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    return new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
        cancel: () => canceled.resolve(),
      }),
    );
  });
  const server = createServer(async (message, response) => {
    gone.resolve();
    await listener(message, response);
    ended.resolve();
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await gone.promise;
  socket.destroy();
  await Promise.all([canceled.promise, ended.promise]);
});

test.each(["x/admin?", "user@x", "null/"])("preserves the path when the Host is %s", async (host) => {
  const port = await serve(async (request) => new Response(`path ${new URL(request.url).pathname}`));
  const socket = connect(port, "127.0.0.1");
  socket.write(`GET /api HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  const [chunk] = (await once(socket, "data")) as [Buffer];
  expect(chunk.toString()).toContain("path /api");
  socket.destroy();
});

test("responds to a method that web requests do not support", async () => {
  const port = await serve(async () => new Response("never"));
  const socket = connect(port, "127.0.0.1");
  socket.write("TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  const [chunk] = (await once(socket, "data")) as [Buffer];
  expect(chunk.toString()).toMatch(/^HTTP\/1\.1 405/);
  socket.destroy();
});

test("reads the host of HTTP/2 from its pseudo header", async () => {
  const server = createHttp2Server(
    toNodeListener(async (request) => new Response(`${request.url} ${request.headers.get("host")}`)),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stream = session.request({ ":path": "/api", ":authority": "app.example.com" });
  let said = "";
  for await (const chunk of stream) said += chunk;
  expect(said).toBe("http://app.example.com/api app.example.com");
  session.close();
  server.close();
});

test("flushes each chunk through a middleware that compresses", async () => {
  let finish: () => void = () => undefined;
  const listener = toNodeListener(async (request) => {
    if (request.url.endsWith("/short")) return new Response("a".repeat(2_000));
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("data: one\n\n"));
        finish = () => controller.close();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  // Express's `compression` does this to a response.
  const server = createServer((message, response) => {
    const gzip = createGzip();
    const { end, write } = { end: response.end.bind(response), write: response.write.bind(response) };
    gzip
      .on("data", write)
      .on("end", end)
      .on("drain", () => response.emit("drain"));
    Object.assign(response, {
      flush: () => gzip.flush(),
      write: gzip.write.bind(gzip),
      end: gzip.end.bind(gzip),
    });
    response.setHeader("content-encoding", "gzip");
    return listener(message, response);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Its length is the middleware's to say.
  expect(await (await fetch(`${url}/short`)).text()).toHaveLength(2_000);
  const reply = await fetch(url);
  const reader = reply.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: one\n\n");
  finish();
  expect((await reader?.read())?.done).toBe(true);
});

test("rejects a form that was already read, instead of waiting for one", async () => {
  const listener = toNodeListener(async (request) => new Response(`${(await request.text()).length} left`));
  const server = createServer(async (message, response) => {
    for await (const _ of message); // as a body parser does
    await listener(message, response);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  expect(await (await fetch(url, { method: "POST", body: "form" })).text()).toBe("0 left");
});

test("returns all chunks of a response that is there at once", async () => {
  const port = await serve(async () => new Response(new Blob([new Uint8Array(300_000)]).stream()));
  const small = await serve(async () => {
    const chunks = ["one ", "two ", "three"].map((text) => new TextEncoder().encode(text));
    return new Response(
      new ReadableStream({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(chunk);
          controller.close();
        },
      }),
    );
  });
  expect((await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer()).byteLength).toBe(300_000);
  expect(await (await fetch(`http://127.0.0.1:${small}/`)).text()).toBe("one two three");
});

test("sends a short response with its length, and a long or slow one as it arrives", async () => {
  let finish: () => void = () => undefined;
  const chunksOf = (...texts: string[]) =>
    new ReadableStream({
      start(controller) {
        for (const text of texts) controller.enqueue(new TextEncoder().encode(text));
        finish = () => controller.close();
        if (texts.length !== 1) finish();
      },
    });
  const bodies: Record<string, () => BodyInit> = {
    "/short": () => "two bytes",
    "/long": () => chunksOf("one ", "two"),
    "/slow": () => chunksOf("data: one"),
  };
  const port = await serve(async (request) => new Response(bodies[new URL(request.url).pathname]?.()));
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  const short = await ask("/short");
  expect([short.headers.get("content-length"), await short.text()]).toEqual(["9", "two bytes"]);
  const long = await ask("/long");
  expect([long.headers.get("content-length"), await long.text()]).toEqual([null, "one two"]);
  const slow = await ask("/slow");
  const reader = slow.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: one");
  finish();
  expect((await reader?.read())?.done).toBe(true);
  expect(slow.headers.get("content-length")).toBeNull();
});

test("cuts the connection when the second chunk of a response fails", async () => {
  const port = await serve(async () => {
    let chunks = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          if (chunks++ > 0) throw new Error("upstream stopped");
          controller.enqueue(new TextEncoder().encode("one"));
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body);
  });
  const read = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
  await expect(read()).rejects.toThrow();
});
