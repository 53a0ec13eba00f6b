import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isConfigurationError } from "../../errors/errors.ts";
import { certificate } from "../../fixtures/certificate.ts";
import { createForm, firstDifference } from "../../fixtures/create-form.ts";
import {
  closedHost,
  type RawServer,
  type RawServerScript,
  respond,
  startRawServer,
} from "../../fixtures/start-raw-server.ts";
import { type Transport, TransportFailure, type TransportRequest } from "../../transport/transport.ts";
import { createNodeTransport } from "../transport/node-transport.ts";
import { createTunnelAgent } from "./tunnel-agent.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function start(script: RawServerScript): Promise<RawServer> {
  const server = await startRawServer(script);
  closers.push(() => server.close());
  return server;
}

interface Proxy {
  readonly url: string;
  readonly asked: string[];
  readonly headers: Record<string, unknown>[];
}

/** A proxy that reaches every name on loopback, or responds to each CONNECT with `status`. */
async function startProxy(
  options: { status?: number; opened?: number; onConnect?: () => void } = {},
): Promise<Proxy> {
  const asked: string[] = [];
  const headers: Record<string, unknown>[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    request.resume().on("end", () => response.end("through the proxy"));
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    headers.push(request.headers);
    socket.on("error", () => undefined);
    if (options.onConnect) return options.onConnect();
    if (options.status) return socket.end(`HTTP/1.1 ${options.status} No\r\n\r\n`);
    const upstream = connect(Number(request.url?.split(":").at(-1)), "127.0.0.1", () => {
      socket.write(`HTTP/1.1 ${options.opened ?? 200} OK\r\n\r\n`);
      socket.pipe(upstream).pipe(socket);
    });
    sockets.add(upstream);
    upstream.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://user:p%40ss@127.0.0.1:${port}`, asked, headers };
}

function requestTo(url: string, overrides: Partial<TransportRequest> = {}): TransportRequest {
  const body = createForm(1_000_000);
  return {
    url,
    headers: { authorization: "Bearer sk-marker", "content-type": body.contentType },
    body,
    signal: new AbortController().signal,
    ...overrides,
  };
}

async function post(send: Transport, request: TransportRequest): Promise<string> {
  let text = "";
  for await (const chunk of (await send(request)).body) text += Buffer.from(chunk).toString();
  return text;
}

async function failureOf(promise: Promise<unknown>): Promise<TransportFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TransportFailure);
  return error as TransportFailure;
}

// Loopback is never proxied, so the server gets a name that only the proxy can reach, and is checked as `localhost`.
const tls = { ca: certificate.cert, servername: "localhost" };
const named = (server: RawServer): string => `https://images.test:${server.port}/v1/images/edits`;

describe(createTunnelAgent, () => {
  it("sends the form through a reused tunnel without showing the proxy the key", async () => {
    const server = await start({
      tls: certificate,
      keepBodies: true,
      onComplete: (request) => respond(request, 200, "fine"),
    });
    const proxy = await startProxy();
    const send = createNodeTransport({ proxy: proxy.url, tls });
    for (let i = 0; i < 2; i++) expect(await post(send, requestTo(named(server)))).toBe("fine");
    expect(firstDifference(server.requests[1]?.body ?? [], 1_000_000)).toBe(-1);
    expect(server.requests[0]?.headers.get("host")).toBe(`images.test:${server.port}`);
    expect(proxy.asked).toEqual([`CONNECT images.test:${server.port}`]);
    expect(proxy.headers[0]).toEqual({
      host: `images.test:${server.port}`,
      connection: "close",
      "proxy-authorization": `Basic ${Buffer.from("user:p@ss").toString("base64")}`,
    });
  });

  it("opens a tunnel for each edit with `freshConnections`, and resumes the TLS session", async () => {
    const resumed: boolean[] = [];
    const proxy = await startProxy();
    const server = await start({
      tls: certificate,
      onComplete(request) {
        resumed.push((request.socket as TLSSocket).isSessionReused());
        respond(request, 200, "fine");
      },
    });
    const send = createNodeTransport({ proxy: proxy.url, tls, freshConnections: true });
    for (let edit = 0; edit < 3; edit++) await post(send, requestTo(named(server)));
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2, 3]);
    expect(proxy.asked).toHaveLength(3);
    expect(resumed).toEqual([false, true, true]);
  });

  it("reads the proxy from the environment", async () => {
    const server = await start({ tls: certificate, onComplete: (request) => respond(request, 200, "fine") });
    const proxy = await startProxy();
    vi.stubEnv("https_proxy", proxy.url);
    vi.stubEnv("no_proxy", "");
    expect(await post(createNodeTransport({ tls }), requestTo(named(server)))).toBe("fine");
    expect(proxy.asked).toHaveLength(1);
  });

  it("sends the proxy the complete URL of a plain http server", async () => {
    const proxy = await startProxy();
    const send = createNodeTransport({ proxy: proxy.url });
    expect(await post(send, requestTo("http://images.test/v1/images/edits?a=1"))).toBe("through the proxy");
    expect(proxy.asked).toEqual(["POST http://images.test/v1/images/edits?a=1"]);
    expect(proxy.headers[0]).toMatchObject({ host: "images.test", "content-length": "1000000" });
  });

  it("accepts any success of the proxy as a tunnel", async () => {
    const server = await start({ tls: certificate, onComplete: (request) => respond(request, 200, "fine") });
    const proxy = await startProxy({ opened: 201 });
    const send = createNodeTransport({ tls, proxy: proxy.url });
    expect(await post(send, requestTo(named(server)))).toBe("fine");
  });

  it.each([403, 407, 502])("reports `none` when the proxy responds with %i", async (status) => {
    const proxy = await startProxy({ status });
    const send = createNodeTransport({ proxy: proxy.url });
    const failure = await failureOf(send(requestTo("https://images.test/")));
    expect(failure).toMatchObject({ delivery: "none", code: "proxy_failed" });
    expect(failure.message).toContain(`it answered ${status}`);
    expect(failure.message).not.toContain("p@ss");
  });

  it("reports `none` when the proxy is unreachable", async () => {
    const send = createNodeTransport({ proxy: closedHost });
    const failure = await failureOf(send(requestTo("https://images.test/")));
    expect(failure).toMatchObject({ delivery: "none", code: "proxy_failed" });
  });

  it.each(["https://images.test/", "http://images.test/"])(
    "names the variable of a proxy that cannot be reached on the way to %s",
    async (url) => {
      const name = url.startsWith("https") ? "https_proxy" : "http_proxy";
      vi.stubEnv(name, `http://user:p%@${closedHost}`);
      vi.stubEnv("no_proxy", "");
      const failure = await failureOf(createNodeTransport()(requestTo(url)));
      expect(failure).toMatchObject({ delivery: "none", code: "proxy_failed" });
      expect(failure.message).toContain(`through the proxy of \`${name}\`: it is unreachable`);
    },
  );

  it("reports `none` when the server behind the proxy has another certificate", async () => {
    const server = await start({ tls: certificate });
    const proxy = await startProxy();
    const send = createNodeTransport({ proxy: proxy.url, tls: { ca: certificate.cert } });
    expect(await failureOf(send(requestTo(named(server))))).toMatchObject({
      delivery: "none",
      code: "tls_failed",
    });
    expect(server.requests).toHaveLength(0);
  });

  it("stops immediately when aborted while the proxy is connecting", async () => {
    const controller = new AbortController();
    const proxy = await startProxy({ onConnect: () => controller.abort("stop") });
    const send = createNodeTransport({ proxy: proxy.url });
    const sent = send(requestTo("https://images.test/", { signal: controller.signal }));
    await expect(sent).rejects.toBe("stop");
  });

  it("rejects an invalid proxy URL without repeating it", () => {
    const create = (): Transport => createNodeTransport({ proxy: "socks5://user:secret@localhost" });
    expect(create).toThrow(/^`proxy` is a SOCKS proxy \(`socks5:`\), which is not supported/);
    try {
      create();
    } catch (error) {
      expect(isConfigurationError(error)).toBe(true);
      expect(String(error)).not.toContain("secret");
    }
  });
});

describe("TLS", () => {
  it("connects to a server of a custom certificate authority, and reuses the connection", async () => {
    const server = await start({
      tls: certificate,
      keepBodies: true,
      onComplete: (request) => respond(request, 200, "fine"),
    });
    const send = createNodeTransport({ tls: { ca: certificate.cert } });
    for (let i = 0; i < 2; i++) expect(await post(send, requestTo(server.url))).toBe("fine");
    expect(firstDifference(server.requests[0]?.body ?? [], 1_000_000)).toBe(-1);
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1]);
  });

  it("reports `none` for an untrusted certificate, and sends nothing", async () => {
    const server = await start({ tls: certificate });
    const failure = await failureOf(createNodeTransport()(requestTo(server.url)));
    expect(failure).toMatchObject({ delivery: "none", code: "tls_failed" });
    expect(server.requests).toHaveLength(0);
  });

  it("reports `none` for a server that does not speak TLS", async () => {
    const server = await start({ onConnect: (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n") });
    const failure = await failureOf(createNodeTransport()(requestTo(server.url.replace("http:", "https:"))));
    expect(failure.delivery).toBe("none");
  });

  it("distinguishes `incomplete` and `possible`, as without TLS", async () => {
    for (const [when, delivery] of [
      ["onHead", "incomplete"],
      ["onComplete", "possible"],
    ] as const) {
      const server = await start({
        tls: certificate,
        [when]: ({ socket }: { socket: Socket }) => socket.destroy(),
      });
      const send = createNodeTransport({ tls: { ca: certificate.cert } });
      const body = createForm(when === "onHead" ? 50_000_000 : 1_000_000);
      expect(await failureOf(send(requestTo(server.url, { body }))), when).toMatchObject({ delivery });
      expect(server.requests).toHaveLength(1);
    }
  });
});
