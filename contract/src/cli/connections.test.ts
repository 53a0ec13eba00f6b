import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { outputsOf, runBatch, writeManifest } from "./support/batch-manifest.ts";
import { sendJson } from "./support/raw-server.ts";
import { pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let close: () => void = () => undefined;
afterEach(() => close());

/** Starts a server that gives each connection to `onIdle` once it has sent a response there. */
async function startServer(
  onIdle: (socket: Socket) => void,
): Promise<{ url: string; posts(): number; connections(): number }> {
  const b64 = await pngBase64();
  const used = new Set<Socket>();
  let posts = 0;
  const server = createServer((request: IncomingMessage, response) => {
    const { socket } = request;
    used.add(socket);
    request.resume().on("end", () => {
      posts++;
      response.once("finish", () => onIdle(socket));
      sendJson(response, { created: 1, data: [{ b64_json: b64 }] });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => {
    server.close();
    server.closeAllConnections();
  };
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, posts: () => posts, connections: () => used.size };
}

describe("a server that resets connections once they are idle", () => {
  it.each([
    ["30 ms later", (socket: Socket) => void setTimeout(() => socket.resetAndDestroy(), 30)],
    [
      "when the next form arrives there",
      (socket: Socket) => void socket.once("data", () => socket.resetAndDestroy()),
    ],
  ])("bills every row of a batch once, with no outcome unknown: %s", async (_, onIdle) => {
    const server = await startServer(onIdle);
    await writeManifest(directory.path, 20);
    const run = await runBatch(directory.path, server.url, ["--concurrency", "2"]);
    expect(run.stderr).not.toContain("may have been billed");
    expect(run.code).toBe(0);
    expect(await outputsOf(directory.path)).toHaveLength(20);
    expect(server.posts()).toBe(20);
    expect(server.connections()).toBe(20);
  });
});
