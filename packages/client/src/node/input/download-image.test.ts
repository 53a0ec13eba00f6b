import type { LookupFunction } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isInvalidInputError } from "../../errors/errors.ts";
import { certificate } from "../../fixtures/certificate.ts";
import { privateHosts } from "../../fixtures/hosts.ts";
import { recordConnections, responseLookups } from "../../fixtures/record-connections.ts";
import {
  closedHost,
  type RawServer,
  type RawServerScript,
  respond,
  startRawServer,
} from "../../fixtures/start-raw-server.ts";
import { downloadImage, type ImageUrlOptions } from "./download-image.ts";

const servers: RawServer[] = [];
async function start(script: RawServerScript): Promise<RawServer> {
  const server = await startRawServer(script);
  servers.push(server);
  return server;
}
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const open: ImageUrlOptions = { allowPrivateAddresses: true };
const { signal } = new AbortController();

async function messageOf(url: URL | string, options: ImageUrlOptions = open): Promise<string> {
  const error = await downloadImage(new URL(url), "image", options, signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isInvalidInputError(error)).toBe(true);
  const { message } = error as Error;
  expect(message).not.toContain("signature");
  expect(String((error as Error).cause)).not.toContain("signature");
  return message;
}

// A GET has no body, so the raw server's script answers at the headers.
const give = (body: string, headers?: readonly string[]): RawServerScript => ({
  onHead: (request) => respond(request, 200, body, headers),
});

describe(downloadImage, () => {
  it("returns the bytes, and sends the server neither credentials nor a key", async () => {
    const server = await start(give("a photo"));
    const url = new URL(`http://user:password@127.0.0.1:${server.port}/a.png?signature=1`);
    const source = await downloadImage(url, "image", open, signal);
    expect(Buffer.from(await source.slice(0, 99)).toString()).toBe("a photo");
    const [request] = server.requests;
    expect(request?.head).toMatch(/^GET \/a\.png\?signature=1 HTTP/);
    expect([...(request?.headers.keys() ?? [])].sort()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
    await server.allClosed();
  });

  it("connects to a name through the address that it looked up", async () => {
    const server = await start({ ...give("a photo"), tls: certificate });
    const url = new URL(`https://localhost:${server.port}/a.png`);
    const source = await downloadImage(url, "image", { ...open, ca: certificate.cert }, signal);
    expect(source.byteLength).toBe(7);
  });

  it.each([
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://2130706433:PORT/",
  ])("does not connect to a private address (%s)", async (url) => {
    const server = await start(give("secret"));
    expect(await messageOf(url.replace("PORT", String(server.port)), {})).toContain("has a private address");
    expect(server.requests).toHaveLength(0);
  });

  it.each(privateHosts)("rejects %s before it is resolved", async (host) => {
    const { lookup, names } = responseLookups(["8.8.8.8"]);
    const url = new URL(`https://${host}/a.png`);
    await expect(downloadImage(url, "image", {}, signal, { lookup })).rejects.toMatchObject({
      problems: [{ code: "url_private" }],
    });
    expect(names).toEqual([]);
  });

  it("connects to the address that it checked when the name changes its address", async () => {
    const server = await start({ ...give("a photo"), tls: certificate });
    const { lookup, names } = responseLookups(["93.184.216.34"], ["127.0.0.1"]);
    const { agent, connections } = recordConnections({ port: server.port, ca: certificate.cert });
    const url = new URL("https://cdn.example/a.png");
    const source = await downloadImage(url, "image", {}, signal, { lookup, agent });
    expect(source.byteLength).toBe(7);
    expect({ names, connections }).toEqual({ names: ["cdn.example"], connections: [["93.184.216.34"]] });
  });

  it.each([[["127.0.0.1"]], [["93.184.216.34", "10.0.0.1"]], [["::ffff:169.254.169.254"]], [[]]])(
    "connects to nothing when a name resolves to %j",
    async (addresses) => {
      const server = await start({ ...give("a photo"), tls: certificate });
      const { lookup } = responseLookups(addresses, ["93.184.216.34"]);
      const { agent, connections } = recordConnections({ port: server.port, ca: certificate.cert });
      const url = new URL("https://cdn.example/a.png");
      await expect(downloadImage(url, "image", {}, signal, { lookup, agent })).rejects.toMatchObject({
        problems: [{ code: "url_private" }],
      });
      expect(connections).toEqual([]);
    },
  );

  it("reports a name that was not found", async () => {
    const notFound = Object.assign(new Error("getaddrinfo ENOTFOUND"), { syscall: "getaddrinfo" });
    const lookup: LookupFunction = (_name, _options, callback) => callback(notFound, "");
    for (const allowPrivateAddresses of [true, false]) {
      const url = new URL("https://cdn.example/a.png");
      const downloaded = downloadImage(url, "image", { allowPrivateAddresses }, signal, { lookup });
      await expect(downloaded).rejects.toThrow("its host was not found");
    }
  });

  it("does not follow redirects", async () => {
    const server = await start({
      onHead: (request) => respond(request, 302, "", ["location: /elsewhere"]),
    });
    expect(await messageOf(`${server.url}?signature=1`)).toBe(
      `\`image\` (from 127.0.0.1:${server.port}) was redirected: the server answered 302, and redirects are not followed. Use the final URL.`,
    );
    expect(server.requests).toHaveLength(1);
    await server.allClosed();
  });

  it("rejects responses that are missing, compressed, or cut off", async () => {
    const missing = await start({ onHead: (request) => respond(request, 404, "no") });
    expect(await messageOf(missing.url)).toContain("answered 404");
    const packed = await start(give("zip", ["content-encoding: gzip"]));
    expect(await messageOf(packed.url)).toContain("is compressed");
    const half = await start({
      onHead: ({ socket }) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
    });
    expect(await messageOf(half.url)).toContain("was cut");
    expect(await messageOf(`http://${closedHost}/a.png`)).toContain("the connection failed");
  });

  it("rejects more than its limit, by the announced length and by the received bytes", async () => {
    const limit: ImageUrlOptions = { ...open, maxBytes: 6 };
    const promised = await start({
      onHead: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n"),
    });
    expect(await messageOf(promised.url, limit)).toContain("is larger than 6 bytes");
    await promised.allClosed();
    const endless = await start({
      onHead: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\n\r\na photo"),
    });
    expect(await messageOf(endless.url, limit)).toContain("is larger than 6 bytes");
    await endless.allClosed();
  });

  it("stops after its time limit", async () => {
    const server = await start({});
    expect(await messageOf(server.url, { ...open, timeoutMs: 1 })).toContain("did not arrive within 0.001 s");
    await server.allClosed();
  });

  it("throws the signal's reason when aborted", async () => {
    const controller = new AbortController();
    const server = await start({ onHead: () => controller.abort("stop") });
    const fetched = downloadImage(new URL(server.url), "image", open, controller.signal);
    await expect(fetched).rejects.toBe("stop");
    await server.allClosed();
  });
});
