import { afterEach, describe, expect, it, vi } from "vitest";
import { createImageClient } from "../create-image-client.ts";
import { InvalidInputError } from "../errors/errors.ts";
import { createForm, firstDifference } from "../fixtures/create-form.ts";
import { sampleImage } from "../fixtures/images.ts";
import {
  type RawServer,
  type RawServerScript,
  respond,
  startRawServer,
} from "../fixtures/start-raw-server.ts";
import { createFetchTransport, redirectMode } from "./fetch-transport.ts";
import { TransportFailure, type TransportRequest, type TransportResponse } from "./transport.ts";

const servers: RawServer[] = [];
async function start(script: RawServerScript): Promise<RawServer> {
  const server = await startRawServer(script);
  servers.push(server);
  return server;
}
afterEach(async () => {
  vi.unstubAllGlobals();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const key = "sk-marker-0123456789";
function requestTo(url: string, overrides: Partial<TransportRequest> = {}): TransportRequest {
  const body = overrides.body ?? createForm(3_000_000);
  return {
    url,
    headers: { authorization: `Bearer ${key}`, "content-type": body.contentType },
    body,
    signal: new AbortController().signal,
    ...overrides,
  };
}

async function textOf(response: TransportResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function failureOf(promise: Promise<unknown>): Promise<TransportFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TransportFailure);
  return error as TransportFailure;
}

describe(createFetchTransport, () => {
  it.each([
    ["a small form", 2_000, undefined],
    ["a large form", 3_000_000, undefined],
    ["a large form through the platform's `fetch`, passed as an option", 3_000_000, fetch],
    ["a large form through a custom `fetch`", 3_000_000, ((url, init) => fetch(url, init)) as typeof fetch],
  ])("sends %s completely, with its length and not chunked", async (_, byteLength, given) => {
    const server = await start({ keepBodies: true, onComplete: (request) => respond(request, 200, "fine") });
    const send = createFetchTransport({ fetch: given });
    const response = await send(requestTo(server.url, { body: createForm(byteLength) }));
    expect(await textOf(response)).toBe("fine");
    const [request] = server.requests;
    expect(request?.headers.get("content-length")).toBe(String(byteLength));
    expect(request?.headers.has("transfer-encoding")).toBe(false);
    expect(request?.headers.get("authorization")).toBe(`Bearer ${key}`);
    expect(firstDifference(request?.body ?? [], byteLength)).toBe(-1);
  });

  it("sends a form's own blob if it has one", async () => {
    const server = await start({ onComplete: (request) => respond(request, 200, "fine") });
    const seen: unknown[] = [];
    const blob = new Blob([new Uint8Array(2_000_000)]);
    const send = createFetchTransport({
      fetch: (url, init) => {
        seen.push(init?.body);
        return fetch(url, init);
      },
    });
    await textOf(await send(requestTo(server.url, { body: { ...createForm(2_000_000), blob: () => blob } })));
    expect(seen).toEqual([blob]);
  });

  it.each([
    ["the platform's `fetch`", undefined],
    ["the platform's `fetch`, given by name", fetch],
  ])("streams a large form through %s, and reports progress up to its length", async (_, given) => {
    const server = await start({ onComplete: (request) => respond(request, 200, "fine") });
    const loaded: number[] = [];
    const response = await createFetchTransport({ fetch: given })(
      requestTo(server.url, { onUploadProgress: ({ loadedBytes }) => loaded.push(loadedBytes) }),
    );
    await textOf(response);
    expect(loaded.length).toBeGreaterThan(1);
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
    expect(loaded.at(-1)).toBe(3_000_000);
    expect(new Set(loaded).size).toBe(loaded.length);
  });

  it("rejects a redirect instead of following it", async () => {
    const server = await start({
      onComplete: (request) => respond(request, 307, "", ["location: /elsewhere"]),
    });
    const failure = await failureOf(createFetchTransport()(requestTo(server.url)));
    expect(failure).toMatchObject({ delivery: "possible", code: "redirected" });
    expect(server.requests).toHaveLength(1);
  });

  const blob = new Blob([new Uint8Array(2_000_000)]);
  it.each([
    ["a small form", createForm(2_000)],
    ["a large one", createForm(3_000_000)],
    ["one whose images are blobs", { ...createForm(2_000_000), blob: () => blob }],
  ])("returns a 421 unchanged, and sends %s once", async (_, body) => {
    const server = await start({ onComplete: (request) => respond(request, 421, "not me") });
    const response = await createFetchTransport()(requestTo(server.url, { body }));
    expect(response.status).toBe(421);
    // Node's `fetch` automatically resends a form after a 421 wherever it can.
    expect(await textOf(response)).toBe("not me");
    expect(server.requests).toHaveLength(1);
  });

  it("reports delivery `none` for a refused connection", async () => {
    const server = await startRawServer({});
    await server.close();
    const failure = await failureOf(createFetchTransport()(requestTo(server.url)));
    expect(failure).toMatchObject({ delivery: "none", code: "connection_refused" });
  });

  it("reports delivery `none` for a port that fetch blocks", async () => {
    const failure = await failureOf(createFetchTransport()(requestTo("http://127.0.0.1:1/")));
    expect(failure).toMatchObject({ delivery: "none" });
  });

  it("reports delivery `none` for a host that is not found", async () => {
    const lookup = Object.assign(new Error("getaddrinfo EAI_AGAIN"), {
      code: "EAI_AGAIN",
      syscall: "getaddrinfo",
    });
    const send = createFetchTransport({
      fetch: () => Promise.reject(new TypeError("fetch failed", { cause: lookup })),
    });
    const failure = await failureOf(send(requestTo("http://127.0.0.1/")));
    expect(failure).toMatchObject({ delivery: "none", code: "host_not_found" });
  });

  it("reports delivery `possible` for a cut before, during and after the body, with one POST each", async () => {
    for (const when of ["onHead", "onData", "onComplete"] as const) {
      const server = await start({
        [when]: (request: { socket: { resetAndDestroy(): void } }) => request.socket.resetAndDestroy(),
      });
      const failure = await failureOf(createFetchTransport()(requestTo(server.url)));
      expect(failure, when).toMatchObject({ delivery: "possible" });
      expect(server.requests, when).toHaveLength(1);
    }
  });

  it("reports delivery `possible` for a truncated response", async () => {
    const server = await start({
      onComplete: ({ socket }) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
    });
    const response = await createFetchTransport()(requestTo(server.url));
    expect(await failureOf(textOf(response))).toMatchObject({ delivery: "possible" });
  });

  it.each([2_000, 3_000_000])(
    "passes on the error of an unreadable image in a form of %i bytes",
    async (byteLength) => {
      const server = await start({});
      const unreadable = new InvalidInputError({ problems: [] });
      const body = createForm(byteLength, {
        chunkBytes: 1_000,
        onChunk: (loaded) => (loaded === 1_000 ? Promise.reject(unreadable) : undefined),
      });
      await expect(createFetchTransport()(requestTo(server.url, { body }))).rejects.toBe(unreadable);
      await server.allClosed();
    },
  );

  it("names Node's own limit and how to avoid it", async () => {
    const timeout = Object.assign(new Error("Headers Timeout Error"), { code: "UND_ERR_HEADERS_TIMEOUT" });
    const send = createFetchTransport({
      fetch: () => Promise.reject(new TypeError("fetch failed", { cause: timeout })),
    });
    const failure = await failureOf(send(requestTo("http://127.0.0.1/")));
    expect(failure).toMatchObject({ delivery: "possible", code: "headers_timeout" });
    expect(failure.message).toContain("@retouch/client/node");
  });

  it("omits the key and the URL from the message when a custom fetch fails", async () => {
    const url = "http://127.0.0.1/v1?code=secret-query";
    const inner = new Error(`POST ${url} with Bearer ${key}`);
    const send = createFetchTransport({ fetch: () => Promise.reject(inner) });
    const failure = await failureOf(send(requestTo(url)));
    const seen = [
      failure.message,
      String(failure.cause),
      JSON.stringify(failure.cause),
      failure.stack,
    ].join();
    expect(seen).not.toContain(key);
    expect(seen).not.toContain("secret-query");
    expect(Object.keys(failure.cause as object)).not.toContain("config");
  });

  it("sends nothing when the signal is already aborted, and throws its reason", async () => {
    const server = await start({});
    const reason = { why: "changed my mind" };
    const sent = createFetchTransport()(requestTo(server.url, { signal: AbortSignal.abort(reason) }));
    await expect(sent).rejects.toBe(reason);
    expect(server.requests).toHaveLength(0);
  });

  it("throws the signal's reason and closes the connection when aborted during the body, before and during the response", async () => {
    for (const when of ["onData", "onComplete", "response"] as const) {
      const controller = new AbortController();
      const reason = new Error(when);
      const server = await start({
        ...(when === "response"
          ? { onComplete: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf") }
          : { [when]: () => controller.abort(reason) }),
      });
      const sent = createFetchTransport()(requestTo(server.url, { signal: controller.signal }));
      const read = async (): Promise<void> => {
        for await (const _ of (await sent).body) controller.abort(reason);
      };
      await expect(read(), when).rejects.toBe(reason);
      await server.allClosed();
    }
  });

  it("closes the connection when the reader stops early", async () => {
    const server = await start({
      onComplete: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
    });
    const response = await createFetchTransport()(requestTo(server.url));
    for await (const _ of response.body) break;
    await server.allClosed();
  });

  it("closes the connection when the reader never starts, or stops during a pending read", async () => {
    const server = await start({
      onComplete: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
    });
    for (const reads of [0, 2]) {
      const { body } = await createFetchTransport()(requestTo(server.url));
      const iterator = body[Symbol.asyncIterator]();
      const reading = Array.from({ length: reads }, () => iterator.next());
      await reading[0];
      await iterator.return?.();
      await Promise.allSettled(reading);
      await server.allClosed();
    }
  });
});

/** Stubs the platform's `Request` to behave like workerd's. */
function beWorkerd(): void {
  const Platform = Request;
  vi.stubGlobal(
    "Request",
    class extends Platform {
      constructor(input: RequestInfo | URL, init?: RequestInit) {
        if (init?.redirect === "error") {
          throw new TypeError('Invalid redirect value, must be one of "follow" or "manual".');
        }
        super(input, init);
      }
    },
  );
}

describe(redirectMode, () => {
  it("returns `error` where the platform supports it, and `manual` elsewhere", () => {
    expect(redirectMode()).toBe("error");
    beWorkerd();
    expect(redirectMode()).toBe("manual");
  });

  it("sends an edit on a runtime without `error`, and reports a redirect as an HttpError", async () => {
    beWorkerd();
    const modes: (string | undefined)[] = [];
    const client = createImageClient({
      apiKey: "sk-test-key-0123",
      fetch: async (_, init) => {
        modes.push(init?.redirect);
        return new Response(null, { status: 307, headers: { location: "https://example.com" } });
      },
    });
    await expect(client.edit({ image: sampleImage(), prompt: "x" })).rejects.toMatchObject({
      name: "HttpError",
      status: 307,
      outcome: "rejected",
    });
    expect(modes).toEqual(["manual"]);
  });
});

describe("where globals are of another realm, as under jsdom", () => {
  const restore: (() => void)[] = [];
  afterEach(() => {
    for (const undo of restore.splice(0)) undo();
  });
  function replace<Name extends "fetch" | "Blob">(name: Name, value: (typeof globalThis)[Name]): void {
    const original = globalThis[name];
    globalThis[name] = value;
    restore.push(() => {
      globalThis[name] = original;
    });
  }

  /** A signal that Node's `fetch` does not take. */
  function foreignSignal() {
    const target = new EventTarget();
    const signal = Object.assign(target, {
      aborted: false,
      reason: undefined as unknown,
      throwIfAborted() {},
    });
    return {
      signal: signal as unknown as AbortSignal,
      abort(reason: unknown) {
        Object.assign(signal, { aborted: true, reason });
        target.dispatchEvent(new Event("abort"));
      },
    };
  }

  it("sends without a signal that `fetch` does not take, and still obeys it", async () => {
    const server = await start({ onComplete: (request) => respond(request, 200, "ok") });
    const { signal } = foreignSignal();
    expect(await textOf(await createFetchTransport()(requestTo(server.url, { signal })))).toBe("ok");
    const hanging = await start({});
    const { signal: other, abort } = foreignSignal();
    const sending = createFetchTransport()(requestTo(hanging.url, { signal: other }));
    await expect.poll(() => hanging.requests.length).toBeGreaterThan(0);
    abort("enough");
    await expect(sending).rejects.toBe("enough");
  });

  it("reports a TypeError of `fetch` that never read the form as not sent", async () => {
    replace("fetch", async () => {
      throw new TypeError("RequestInit: Expected signal to be an instance of AbortSignal.");
    });
    const failure = await createFetchTransport()(requestTo("http://127.0.0.1:9")).catch((error) => error);
    expect(failure).toBeInstanceOf(TransportFailure);
    expect(failure).toMatchObject({ delivery: "none" });
  });

  it("never sends a blob of another realm, which would be the text [object Blob]", async () => {
    const server = await start({ onComplete: (request) => respond(request, 200, "ok") });
    class ForeignBlob {
      readonly type = "image/png";
    }
    replace("Blob", ForeignBlob as unknown as typeof Blob);
    const bodies: unknown[] = [];
    const own: typeof fetch = (url, init) => {
      bodies.push(init?.body);
      return fetch(url, init);
    };
    await createFetchTransport({ fetch: own })(requestTo(server.url));
    expect(bodies[0]).toBeInstanceOf(Uint8Array);
  });
});
