import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { ImageEditHandler } from "./proxy-options.ts";
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

test("hands method, address, headers and body over, and the answer back", async () => {
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

test("answers before the form has arrived, without cutting the connection", async () => {
  const port = await serve(async () => new Response("too large", { status: 413 }));
  const body = new Uint8Array(8 * 1024 * 1024);
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body });
  expect([response.status, await response.text()]).toEqual([413, "too large"]);
});

test("aborts the request's signal when the page goes away", async () => {
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

test("cancels the answer's body when the page goes away within it", async () => {
  const cancelled = deferred();
  const port = await serve(
    async () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new TextEncoder().encode("data: x\n\n")),
          cancel: () => cancelled.resolve(),
        }),
      ),
  );
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await once(socket, "data");
  socket.destroy();
  await cancelled.promise;
});

test("cuts the connection when the answer's body breaks, instead of ending it cleanly", async () => {
  const port = await serve(
    async () =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.error(new Error("upstream broke off")) }),
      ),
  );
  await expect(fetch(`http://127.0.0.1:${port}/`).then((response) => response.text())).rejects.toThrow();
});

test("answers a request whose Host is no host", async () => {
  const port = await serve(async (request) => new Response(new URL(request.url).host));
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: a b/c\r\nconnection: close\r\n\r\n");
  const [chunk] = (await once(socket, "data")) as [Buffer];
  expect(chunk.toString()).toMatch(/^HTTP\/1\.1 200/);
  socket.destroy();
});
