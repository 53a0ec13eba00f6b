import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { sampleImage } from "../fixtures/images.ts";
import { createImageEditHandler, type JobOptions, memoryJobStore, toNodeListener } from "../server/index.ts";
import { createProxyClient } from "./create-proxy-client.ts";

let upstreamUrl = "";
let image = "";
/** What the image server does with an edit. */
let respond: (response: ServerResponse) => void;
let listener: ReturnType<typeof toNodeListener>;
/** What is before the proxy. */
let gateway: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
const asked: string[] = [];
const sockets = new Set<Socket>();
const upstream = createServer((request, response) => {
  request.resume().on("end", () => respond(response));
});
const page = createServer((request, response) => {
  asked.push(request.method ?? "");
  if (gateway === undefined) void listener(request, response);
  else gateway(request, response);
});
page.on("connection", (socket: Socket) => sockets.add(socket));

const listen = async (server: typeof page): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  image = Buffer.from(await new Blob([sampleImage() as BlobPart]).arrayBuffer()).toString("base64");
  upstreamUrl = await listen(upstream);
  const origin = await listen(page);
  vi.stubGlobal("location", { origin, href: `${origin}/editor` });
});
afterAll(async () => {
  vi.unstubAllGlobals();
  for (const server of [page, upstream]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
afterEach(() => {
  gateway = undefined;
  asked.length = 0;
});

const params = { model: "acme-9", image: sampleImage(), prompt: "x", partial_images: 2 } as const;

function client(jobs?: JobOptions) {
  listener = toNodeListener(
    createImageEditHandler({ apiKey: "sk-marker", baseUrl: upstreamUrl, authorize: "public", jobs }),
  );
  return createProxyClient({ url: "/api/image-edit", maxRetries: 0 });
}

const withJobs = (): JobOptions => ({ store: memoryJobStore(), owner: () => "ada" });

/** Lets the image server wait: resolves with its response, whose head is sent, once it has the form. */
function hold(): Promise<ServerResponse> {
  return new Promise((resolve) => {
    // Begun once the page waits for it.
    respond = async (response) => {
      await vi.waitFor(() => expect(asked).toContain("GET"), 30_000);
      resolve(response.writeHead(200, { "content-type": "text/event-stream" }));
    };
  });
}

const partial = (index: number): string =>
  `event: image_edit.partial_image\ndata: ${JSON.stringify({ type: "image_edit.partial_image", b64_json: image, partial_image_index: index })}\n\n`;
const completed = (): string =>
  `event: image_edit.completed\ndata: ${JSON.stringify({ type: "image_edit.completed", b64_json: image })}\n\n`;

describe("the events of a job", () => {
  it("arrive while the image is made, each once, however often the connection breaks", async () => {
    const held = hold();
    const events = client(withJobs()).stream(params);
    const first = events.next();
    const response = await held;
    response.write(partial(0));
    expect((await first).value).toMatchObject({ type: "partial", index: 0 });
    for (const [index, next] of [partial(1), completed()].entries()) {
      for (const socket of sockets) socket.destroy();
      response.write(next.slice(0, 40));
      const arrived = events.next();
      // Twice at the same place, before anything new is there.
      for (const socket of sockets) socket.destroy();
      response.write(next.slice(40));
      if (index === 1) response.end();
      expect((await arrived).value).toMatchObject(index === 0 ? { index: 1 } : { type: "completed" });
    }
    expect((await events.next()).done).toBe(true);
    expect(asked.filter((method) => method === "POST")).toHaveLength(1);
    expect(asked).not.toContain("DELETE");
  });

  it("end where those of the image server broke off, and the outcome is unknown", async () => {
    for (const count of [2, 0]) {
      asked.length = 0;
      const held = hold();
      const events = client(withJobs()).stream(params);
      const first = events.next();
      const response = await held;
      if (count === 0) response.flushHeaders();
      else response.write(partial(0));
      if (count > 0) await first;
      response.write(partial(1).slice(0, 90 * count));
      response.destroy();
      const last = count === 0 ? first : events.next();
      await expect(last).rejects.toMatchObject({ outcome: "unknown", name: "NetworkError" });
    }
  });

  it("that are stored are sent to their last byte, cut where they were cut", async () => {
    const store = memoryJobStore();
    respond = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(partial(0), () => response.destroy());
    };
    const jobs = { store, owner: () => "ada" };
    const events = client(jobs).stream(params, { onJob: () => undefined });
    expect((await events.next()).value).toMatchObject({ index: 0 });
    await expect(events.next()).rejects.toMatchObject({ outcome: "unknown", name: "NetworkError" });
  });

  it("are not needed any more when the page cancels: the job is canceled, up to the server", async () => {
    const held = hold();
    const controller = new AbortController();
    const events = client(withJobs()).stream(params, { signal: controller.signal });
    const first = events.next();
    const response = await held;
    const closed = new Promise((resolve) => response.once("close", resolve));
    response.write(partial(0));
    await first;
    controller.abort();
    await expect(events.next()).rejects.toThrow("abort");
    await closed;
    expect(asked).toContain("DELETE");
  });
});

describe("an edit that its proxy has no job of", () => {
  it("is not asked for when it is collected, and one that only a gateway has responded to is", async () => {
    respond = (response) => response.writeHead(500).end("{}");
    const proxied = client();
    let job = "";
    const onJob = (reference: string) => {
      job = reference;
    };
    const { partial_images: _, ...plain } = params;
    await expect(proxied.edit(plain, { onJob })).rejects.toMatchObject({ outcome: "unknown" });
    await expect(proxied.collect(job)).rejects.toMatchObject({ code: "method_not_allowed" });
    expect(asked).toEqual(["POST"]);
    gateway = (request, response) => {
      request.resume();
      response.writeHead(request.method === "POST" ? 524 : 404, { "content-type": "text/html" }).end("<h1>");
    };
    await expect(proxied.edit(plain, { onJob })).rejects.toMatchObject({ outcome: "unknown" });
    await expect(proxied.collect(job)).rejects.toMatchObject({ status: 404 });
    expect(asked).toEqual(["POST", "POST", "GET"]);
  });
});
