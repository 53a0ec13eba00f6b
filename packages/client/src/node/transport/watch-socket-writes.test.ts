import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { createForm } from "../../fixtures/create-form.ts";
import { createNodeTransport } from "./node-transport.ts";
import { interceptSocketWrites } from "./watch-socket-writes.ts";

/** Rejects a form at its headers and resets the connection, in a thread that runs while ours is blocked. */
const server = `
const { createServer } = require("node:net");
const { parentPort, workerData } = require("node:worker_threads");
createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => {
    socket.pause();
    socket.write("HTTP/1.1 413 Too Large\\r\\ncontent-length: 9\\r\\n\\r\\ntoo large", () => {
      socket.resetAndDestroy();
      socket.once("close", () => {
        Atomics.store(workerData, 0, 1);
        Atomics.notify(workerData, 0);
      });
    });
  });
}).listen(0, "127.0.0.1", function () { parentPort.postMessage(this.address().port); });
`;

it(`${interceptSocketWrites.name} preserves a response that waits to be read when the next write fails`, async () => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(server, { eval: true, workerData: flag });
  const [port] = await once(worker, "message");
  const body = createForm(50_000_000, {
    onChunk(loaded) {
      // Blocks our thread, and with it all reading, until response and reset have both arrived.
      if (loaded === 256 * 1024 * 4) Atomics.wait(flag, 0, 0, 4_000);
    },
  });
  const response = await createNodeTransport()({
    url: `http://127.0.0.1:${port}/`,
    headers: { "content-type": body.contentType },
    body,
    signal: new AbortController().signal,
  });
  expect(response.status).toBe(413);
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe("too large");
  await worker.terminate();
});
