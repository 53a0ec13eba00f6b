import type { TLSSocket } from "node:tls";
import { afterEach, describe, expect, it, vi } from "vitest";
import { certificate } from "../../fixtures/certificate.ts";
import { createForm } from "../../fixtures/create-form.ts";
import { type RawServer, respond, startRawServer } from "../../fixtures/start-raw-server.ts";
import type { Transport } from "../../transport/transport.ts";
import { createNodeTransport } from "../transport/node-transport.ts";

let server: RawServer;
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

async function post(send: Transport): Promise<void> {
  const body = createForm(2_000);
  const { signal } = new AbortController();
  const headers = { "content-type": body.contentType };
  const response = await send({ url: server.url, headers, body, signal });
  for await (const _ of response.body);
}
const connections = () => server.requests.map(({ connection }) => connection);

describe("createAgents", () => {
  it("reuses a connection that was idle for less than a second, and no other", async () => {
    server = await startRawServer({ onComplete: (request) => respond(request, 200, "fine") });
    vi.useFakeTimers({ toFake: ["performance"] });
    const send = createNodeTransport();
    await post(send);
    vi.advanceTimersByTime(999);
    await post(send);
    vi.advanceTimersByTime(1000);
    await post(send);
    expect(connections()).toEqual([1, 1, 2]);
  });

  it("opens a connection for each edit with `freshConnections`, and closes it", async () => {
    server = await startRawServer({ onComplete: (request) => respond(request, 200, "fine") });
    const send = createNodeTransport({ freshConnections: true });
    for (let edit = 0; edit < 3; edit++) await post(send);
    expect(connections()).toEqual([1, 2, 3]);
    await server.allClosed();
  });

  it("resumes the TLS session on a connection of its own", async () => {
    const resumed: boolean[] = [];
    server = await startRawServer({
      tls: certificate,
      onComplete(request) {
        resumed.push((request.socket as TLSSocket).isSessionReused());
        respond(request, 200, "fine");
      },
    });
    const send = createNodeTransport({ freshConnections: true, tls: { ca: certificate.cert } });
    for (let edit = 0; edit < 3; edit++) await post(send);
    expect(connections()).toEqual([1, 2, 3]);
    expect(resumed).toEqual([false, true, true]);
  });
});
