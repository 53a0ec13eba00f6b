import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { certificate } from "../../fixtures/certificate.ts";
import { sampleImage } from "../../fixtures/images.ts";
import { recordConnections, responseLookups } from "../../fixtures/record-connections.ts";
import { startEditServer } from "../../fixtures/start-edit-server.ts";
import {
  type RawRequest,
  type RawServer,
  type RawServerScript,
  respond,
  startRawServer,
} from "../../fixtures/start-raw-server.ts";
import { type DownloadContext, downloadImage } from "../../results/download-image.ts";
import { createAgents } from "./agents.ts";
import { createResultFetch, createResultRoutes } from "./fetch-result-url.ts";

const servers: RawServer[] = [];
async function start(script: RawServerScript): Promise<RawServer> {
  const server = await startRawServer(script);
  servers.push(server);
  return server;
}
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

/** Responses with the image, plain or compressed. */
function give(request: RawRequest, bytes: Uint8Array = sampleImage(), header = "x-a: b"): void {
  const head = `HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\n${header}\r\n\r\n`;
  request.socket.write(Buffer.concat([Buffer.from(head), bytes]));
}

/** Creates the result fetch of a client whose names resolve to `answers`, and records its connections. */
async function routesTo(server: RawServer, ...responses: (readonly string[])[]) {
  const { lookup, names } = responseLookups(...responses);
  const { agent, connections } = recordConnections({ port: server.port, ca: certificate.cert });
  const own = createAgents({ tls: { ca: certificate.cert } });
  const routes = createResultRoutes({}, own, lookup);
  // Everything but the connection itself is real: no test connects to the internet.
  const others = {
    route: (url: URL, signal: AbortSignal) => ({ ...routes.others.route(url, signal), agent }),
  };
  const from: DownloadContext = {
    origin: `https://localhost:${server.port}`,
    fetch: undefined,
    fetchUrl: createResultFetch({ ...routes, others }),
    timeoutMs: 60_000,
    maxBytes: 2 ** 20,
    requestId: "req_1",
  };
  return { from, names, connections };
}

const tls = { tls: certificate };
const publicAddress = "93.184.216.34";

describe(createResultFetch, () => {
  it("connects to the address that it checked when the name changes its address", async () => {
    const server = await start({ ...tls, onHead: (request) => give(request) });
    const { from, names, connections } = await routesTo(server, [publicAddress], ["127.0.0.1"]);
    expect(await downloadImage("https://cdn.example/1.png?sig=1", from)).toEqual(sampleImage());
    expect(names).toEqual(["cdn.example"]);
    expect(connections).toEqual([[publicAddress]]);
    const [{ headers, head } = {}] = server.requests;
    expect(head).toMatch(/^GET \/1\.png\?sig=1 HTTP/);
    expect([...(headers?.keys() ?? [])].sort()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
    expect(headers?.get("host")).toBe("cdn.example");
  });

  it.each([
    [["127.0.0.1"]],
    [["198.18.0.1"]],
    [["::ffff:10.0.0.1"]],
    [["fe80::1%eth0"]],
    [[publicAddress, "10.0.0.1"]],
    [["2606:4700::1111", "::1"]],
    [[]],
  ])("connects to nothing when a name resolves to %j", async (addresses) => {
    const server = await start(tls);
    const { from, connections } = await routesTo(server, addresses, [publicAddress]);
    await expect(downloadImage("https://cdn.example/1.png", from)).rejects.toMatchObject({
      name: "InvalidResponseError",
      code: "result_url_refused",
      outcome: "unknown",
      message: expect.stringMatching(/^The image URL is in a private or reserved network/),
    });
    expect(connections).toEqual([]);
  });

  it("checks the name of a redirect too, with a new lookup", async () => {
    const server = await start({
      ...tls,
      onHead: (request) => respond(request, 302, "", ["location: https://files.example/2.png"]),
    });
    const { from, names, connections } = await routesTo(server, [publicAddress], ["10.0.0.1"]);
    await expect(downloadImage("https://cdn.example/1.png", from)).rejects.toMatchObject({
      code: "result_url_refused",
      message: expect.stringContaining("redirects to a URL that is in a private or reserved network"),
    });
    expect(names).toEqual(["cdn.example", "files.example"]);
    expect(connections).toEqual([[publicAddress]]);
  });

  it("reaches the server's own origin on any network", async () => {
    const server = await start({ ...tls, onHead: (request) => give(request) });
    const { from, names, connections } = await routesTo(server, []);
    expect(await downloadImage(`${from.origin}/1.png`, from)).toEqual(sampleImage());
    expect({ names, connections }).toEqual({ names: [], connections: [] });
  });

  it("reaches other hosts with the certificate authority of the edit, without its certificate", async () => {
    const tls = {
      ca: certificate.cert,
      cert: certificate.cert,
      key: certificate.key,
      servername: "localhost",
    };
    const { others } = createResultRoutes(
      { tls },
      createAgents({ tls }),
      responseLookups([publicAddress]).lookup,
    );
    const route = others.route(new URL("https://cdn.example/1.png"), new AbortController().signal);
    expect((route.agent as HttpsAgent).options).toMatchObject({ ca: certificate.cert });
    for (const name of ["cert", "key", "servername"])
      expect((route.agent as HttpsAgent).options).not.toHaveProperty(name);
  });

  it("reaches other hosts with the agent of the edit, if it is one for https", async () => {
    const routeOf = (agent: HttpAgent): unknown =>
      createResultRoutes({ agent }, createAgents({ agent })).others.route(
        new URL("https://cdn.example/1.png"),
        new AbortController().signal,
      ).agent;
    const secure = new HttpsAgent();
    const plain = new HttpAgent();
    expect(routeOf(secure)).toBe(secure);
    expect(routeOf(plain)).not.toBe(plain);
    expect(routeOf(plain)).toBeInstanceOf(HttpsAgent);
  });

  it("retries on a new connection when a kept-alive one was closed", async () => {
    const sockets = new Set<unknown>();
    const server = await startEditServer((response, _request, count) => {
      sockets.add(response.socket);
      // The second request comes on the first connection, which ends without a response.
      if (count === 2) response.destroy();
      else response.end(sampleImage());
    });
    try {
      const fetchUrl = createResultFetch(createResultRoutes({}, createAgents({})));
      const from = { origin: server.url, fetch: undefined, fetchUrl, timeoutMs: 60_000, maxBytes: 2 ** 20 };
      for (const name of ["1.png", "2.png"]) {
        const bytes = await downloadImage(`${server.url}/${name}`, { ...from, requestId: undefined });
        expect(bytes).toEqual(sampleImage());
      }
      expect(server.received.map(({ url }) => url)).toEqual(["/1.png", "/2.png", "/2.png"]);
      expect(sockets.size).toBe(2);
    } finally {
      await server.close();
    }
  });

  it.each([
    ["gzip", gzipSync(sampleImage())],
    ["x-gzip", gzipSync(sampleImage())],
    ["deflate", deflateSync(sampleImage())],
    ["deflate", deflateRawSync(sampleImage())],
    ["br", brotliCompressSync(sampleImage())],
    ["br, gzip", gzipSync(brotliCompressSync(sampleImage()))],
    ["gzip", sampleImage()],
    ["identity", gzipSync(sampleImage())],
  ])("decodes %s, which was not requested", async (coding, bytes) => {
    const onHead = (request: RawRequest): void => give(request, bytes, `content-encoding: ${coding}`);
    const server = await start({ ...tls, onHead });
    const { from } = await routesTo(server, []);
    expect(await downloadImage(`${from.origin}/1.png`, from)).toEqual(sampleImage());
  });

  it.each([
    "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nhalf",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n",
    "nonsense\r\n\r\n",
  ])("fails with the outcome `unknown` for %j", async (text) => {
    const server = await start({ ...tls, onHead: ({ socket }) => socket.end(text) });
    const { from } = await routesTo(server, []);
    await expect(downloadImage(`${from.origin}/1.png`, from)).rejects.toMatchObject({
      code: expect.stringMatching(/^result_(url_failed|not_image)$/),
      outcome: "unknown",
    });
  });

  it("throws the signal's reason when aborted, and closes the connection", async () => {
    const controller = new AbortController();
    const server = await start({
      ...tls,
      onHead: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\n\r\nhalf", () => controller.abort("stop")),
    });
    const { from } = await routesTo(server, []);
    await expect(downloadImage(`${from.origin}/1.png`, from, controller.signal)).rejects.toBe("stop");
    await server.allClosed();
  });
});
