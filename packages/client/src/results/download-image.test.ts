import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isRetouchError } from "../errors/errors.ts";
import { sampleImage } from "../fixtures/images.ts";
import { type EditServer, type ReceivedEdit, startEditServer } from "../fixtures/start-edit-server.ts";
import { type DownloadContext, downloadImage } from "./download-image.ts";

const servers: EditServer[] = [];
async function start(respond: (response: ServerResponse, got: ReceivedEdit) => void): Promise<EditServer> {
  const server = await startEditServer(respond);
  servers.push(server);
  return server;
}
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const move = (response: ServerResponse, location: string, status = 302): void =>
  void response.writeHead(status, { location, "set-cookie": "a=1" }).end("moved");

/** A hosted file server with its own host name, apparently over https. */
function host(name: string, server: EditServer): typeof fetch {
  return (input, init) => fetch(String(input).replace(`https://${name}`, server.url), init);
}

const from = (server: EditServer, more: Partial<DownloadContext> = {}): DownloadContext => ({
  origin: server.url,
  fetch: undefined,
  timeoutMs: 60_000,
  maxBytes: 2 ** 20,
  requestId: "req_1",
  ...more,
});

async function failureOf(url: string, origin: DownloadContext): Promise<unknown> {
  const error = await downloadImage(url, origin).catch((reason: unknown) => reason);
  expect(isRetouchError(error)).toBe(true);
  expect(error).toMatchObject({ outcome: "unknown", requestId: "req_1" });
  expect(`${error} ${JSON.stringify(error)}`).not.toContain("sig=");
  return error;
}

describe(downloadImage, () => {
  it.each([301, 302, 303, 307, 308])("follows a chain of %i, relative URLs included", async (status) => {
    const server = await start((response, { url = "" }) => {
      if (url === "/image.png?sig=2") response.end(sampleImage());
      else if (url === "/files/2") move(response, "../image.png?sig=2", status);
      else move(response, "2", status);
    });
    expect(await downloadImage(`${server.url}/files/1?sig=1`, from(server))).toEqual(sampleImage());
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /files/1?sig=1",
      "GET /files/2",
      "GET /image.png?sig=2",
    ]);
  });

  it("decodes non-ASCII characters like browsers", async () => {
    const server = await start((response, { url = "" }) => {
      if (url === "/1") move(response, Buffer.from("/grün-图.png").toString("latin1"));
      else response.end(sampleImage());
    });
    await downloadImage(`${server.url}/1`, from(server));
    expect(server.received[1]?.url).toBe(encodeURI("/grün-图.png"));
  });

  it("follows at most five redirects", async () => {
    const server = await start((response, { url = "" }) => {
      const left = Number(url.slice(1));
      if (left === 0) response.end(sampleImage());
      else move(response, `/${left - 1}`);
    });
    expect(await downloadImage(`${server.url}/5`, from(server))).toEqual(sampleImage());
    expect(server.received).toHaveLength(6);
    expect(await failureOf(`${server.url}/99`, from(server))).toMatchObject({
      name: "NetworkError",
      code: "result_url_failed",
      message: "The image URL redirects more than 5 times. The image was billed; its URL is in `image.url`.",
    });
    expect(server.received).toHaveLength(12);
  });

  it.each([
    ["http://cdn.example/?sig=1", "is not https"],
    ["//cdn.example/?sig=1", "is not https"],
    ["ftp://cdn.example/?sig=1", "is not https"],
    ["http://127.0.0.1:1/?sig=1", "is not https"],
    ["https://127.0.0.1:1/?sig=1", "is in a private or reserved network"],
    ["https://169.254.169.254/?sig=1", "is in a private or reserved network"],
    ["https://[::ffff:10.0.0.1]/?sig=1", "is in a private or reserved network"],
    ["https://user:sig=1@cdn.example/", "contains a user name or password"],
    ["https://[sig=1]/", "is not a valid URL"],
  ])("applies the rules of the first URL to a redirect (%s)", async (location, why) => {
    const asked: string[] = [];
    const server = await start((response) => move(response, location));
    const spy: typeof fetch = (input, init) => {
      asked.push(String(input));
      return fetch(input, init);
    };
    const error = await failureOf(`${server.url}/1`, from(server, { fetch: spy }));
    expect(error).toMatchObject({ name: "InvalidResponseError", code: "result_url_refused" });
    expect((error as Error).message).toContain(`redirects to a URL that ${why}`);
    expect(asked).toEqual([`${server.url}/1`]);
  });

  it("never follows from https to plain http, even at the server's own origin", async () => {
    const server = await start((response, { url = "" }) => {
      if (url === "/1") move(response, `${server.url}/2`);
      else response.end(sampleImage());
    });
    expect(await downloadImage(`${server.url}/1`, from(server))).toEqual(sampleImage());
    const error = await failureOf(
      "https://cdn.example/1",
      from(server, { fetch: host("cdn.example", server) }),
    );
    expect(error).toMatchObject({ code: "result_url_refused" });
    expect(server.received.map(({ url }) => url)).toEqual(["/1", "/2", "/1"]);
  });

  it("reports the status of a redirect without a target and of other 3xx", async () => {
    const server = await start((response, { url = "" }) => {
      const status = Number(url.slice(1));
      response.writeHead(status, status === 302 ? {} : { location: "/302" }).end();
    });
    for (const status of [302, 304, 300])
      expect(((await failureOf(`${server.url}/${status}`, from(server))) as Error).message).toContain(
        `returned status ${status}`,
      );
  });

  it("stops at the first bytes of what is not an image, however much follows", async () => {
    const server = await start((response) => {
      response.writeHead(200);
      const write = (): void => {
        while (response.write(Buffer.alloc(65_536))) if (response.destroyed) return;
        response.once("drain", write);
      };
      write();
    });
    expect(await failureOf(`${server.url}/1`, from(server, { maxBytes: 2 ** 24 }))).toMatchObject({
      code: "result_not_image",
      outcome: "unknown",
    });
  });

  it("applies the byte limit after redirects", async () => {
    const server = await start((response, { url = "" }) => {
      if (url === "/1") move(response, "/2");
      else response.end(sampleImage());
    });
    const maxBytes = sampleImage().length - 1;
    expect(await failureOf(`${server.url}/1`, from(server, { maxBytes }))).toMatchObject({
      code: "result_too_large",
    });
  });

  it("applies one deadline to all redirects", async () => {
    vi.useFakeTimers();
    let hops = 0;
    const slow: typeof fetch = async () => {
      hops += 1;
      await vi.advanceTimersByTimeAsync(400);
      return new Response(null, { status: 302, headers: { location: `/${hops}` } });
    };
    const origin: DownloadContext = {
      origin: "https://api.example",
      fetch: slow,
      timeoutMs: 1_000,
      maxBytes: 1,
      requestId: "req_1",
    };
    expect(await failureOf("https://api.example/0", origin)).toMatchObject({
      name: "TimeoutError",
      code: "result_url_timeout",
    });
    expect(hops).toBe(3);
  });

  it("throws the signal's reason when aborted, and closes the connection", async () => {
    const controller = new AbortController();
    let closed: Promise<unknown> | undefined;
    const server = await start((response) => {
      closed = once(response, "close");
      response.writeHead(200).write("half", () => controller.abort("stop"));
    });
    await expect(downloadImage(`${server.url}/1`, from(server), controller.signal)).rejects.toBe("stop");
    await closed;
  });

  it("lets a browser follow hidden redirects and checks the final URL", async () => {
    vi.stubGlobal("document", {});
    const server = await start((response, { url = "" }) => {
      if (url === "/1") move(response, "/2");
      else if (url === "/elsewhere") move(response, `${other.url}/2?sig=1`);
      else response.end(sampleImage());
    });
    const other = await start((response) => response.end(sampleImage()));
    expect(await downloadImage(`${server.url}/1`, from(server))).toEqual(sampleImage());
    expect(await failureOf(`${server.url}/elsewhere`, from(server))).toMatchObject({
      code: "result_url_refused",
    });
  });
});
