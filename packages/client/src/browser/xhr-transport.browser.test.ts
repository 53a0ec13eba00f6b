import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { createForm } from "../fixtures/create-form.ts";
import { readCapped } from "../transport/response-body.ts";
import { TransportFailure, type TransportRequest, type TransportResponse } from "../transport/transport.ts";
import { createProxyClient } from "./create-proxy-client.ts";
import { createXhrTransport } from "./xhr-transport.ts";

const serverUrl = inject("serverUrl");
let count = 0;

interface Seen {
  readonly headers: Record<string, string>;
  readonly receivedBytes: number;
  readonly closed: boolean;
}

interface Scenario {
  readonly url: string;
  seen(): Promise<Seen>;
  /** Reports to the server that the page has the headers of its response. */
  confirmHeaders(): Promise<unknown>;
}

function scenario(name: string, query = ""): Scenario {
  const url = `${serverUrl}/${name}.${++count}`;
  return {
    url: url + query,
    seen: async () => (await fetch(url)).json() as Promise<Seen>,
    confirmHeaders: () => fetch(`${url}?head`),
  };
}

function requestTo(url: string, overrides: Partial<TransportRequest> = {}): TransportRequest {
  const body = overrides.body ?? createForm(3_000_000);
  return {
    url,
    headers: { authorization: "Bearer sk-marker", "content-type": body.contentType },
    body,
    signal: new AbortController().signal,
    ...overrides,
  };
}

async function textOf(response: TransportResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body) text += decoder.decode(chunk, { stream: true });
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

afterEach(() => {
  vi.restoreAllMocks();
});

describe(createXhrTransport, () => {
  it.each([2_000, 3_000_000])("posts a complete form of %i bytes to another origin", async (byteLength) => {
    const { url, seen } = scenario("ok");
    const response = await createXhrTransport()(requestTo(url, { body: createForm(byteLength) }));
    expect(response.status).toBe(200);
    expect(response.headers.get("X-Request-Id")).toBe("req_1");
    expect(await textOf(response)).toBe('{"ok":true}');
    const { headers, receivedBytes } = await seen();
    expect(receivedBytes).toBe(byteLength);
    expect(headers).toMatchObject({
      "content-length": String(byteLength),
      "content-type": "multipart/form-data; boundary=retouch",
      authorization: "Bearer sk-marker",
    });
    expect(headers).not.toHaveProperty("cookie");
  });

  it("does not treat a rejection by another URL as the response to the form", async () => {
    const { url } = scenario("moved", "?to=refused");
    const failure = await failureOf(createXhrTransport()(requestTo(url)));
    expect(failure).toMatchObject({ delivery: "possible", code: "redirected" });
  });

  it("reads the response after a redirect, because it may be the billed one", async () => {
    const { url } = scenario("moved", "?to=elsewhere");
    const response = await createXhrTransport()(requestTo(url));
    expect([response.status, await textOf(response)]).toEqual([200, "null"]);
  });

  it("reports progress up to the total before the response is returned", async () => {
    const loaded: number[] = [];
    const byteLength = 30_000_000;
    const response = await createXhrTransport()(
      requestTo(scenario("ok").url, {
        body: { ...createForm(byteLength), blob: () => new Blob([new Uint8Array(byteLength)]) },
        onUploadProgress: ({ loadedBytes, totalBytes }) => {
          expect(totalBytes).toBe(byteLength);
          loaded.push(loadedBytes);
        },
      }),
    );
    expect(loaded.at(-1)).toBe(byteLength);
    expect(loaded).toEqual([...new Set(loaded)].sort((a, b) => a - b));
    await textOf(response);
  });

  it("reads a stream as it arrives, in UTF-8 whatever the server declares", async () => {
    const controller = new AbortController();
    const { url } = scenario("events", "?hang");
    const response = await createXhrTransport()(requestTo(url, { signal: controller.signal }));
    const decoder = new TextDecoder();
    let text = "";
    const read = async (): Promise<void> => {
      for await (const chunk of response.body) {
        text += decoder.decode(chunk, { stream: true });
        // The server hangs from here on: the test only ends if the reader gets each chunk immediately.
        if (text.endsWith("\n\n")) controller.abort("enough");
      }
    };
    await expect(read()).rejects.toBe("enough");
    expect(text).toBe('data: {"text":"Grüße 😀"}\n\n');
  });

  it("reads a stream to its end", async () => {
    const response = await createXhrTransport()(requestTo(scenario("events").url));
    expect(await textOf(response)).toBe('data: {"text":"Grüße 😀"}\n\ndata: [DONE]\n\n');
  });

  it.each([20_000_000, 70_000_000])("reads a large response of %i bytes", async (bytes) => {
    const response = await createXhrTransport()(requestTo(scenario("large", `?bytes=${bytes}`).url));
    let received = 0;
    for await (const chunk of response.body) {
      received += chunk.byteLength;
      expect(chunk.every((byte) => byte === 97)).toBe(true);
    }
    expect(received).toBe(bytes);
  });

  it.each([
    ["every byte", Array.from({ length: 256 }, (_, byte) => byte)],
    ["text with a byte order mark", [0xef, 0xbb, 0xbf, ...new TextEncoder().encode('{"a":"Grüße 😀"}')]],
    ["the beginning of a JPEG", [0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a]],
  ])("keeps %s of a body", async (name, bytes) => {
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const response = await createXhrTransport()(requestTo(scenario("bytes", `?hex=${hex}`).url));
    const received: number[] = [];
    for await (const chunk of response.body) received.push(...chunk);
    // The browser removes the mark.
    expect(received).toEqual(name.includes("mark") ? bytes.slice(3) : bytes);
  });

  it("returns an error's status and body", async () => {
    const response = await createXhrTransport()(requestTo(scenario("error").url));
    expect(response.status).toBe(429);
    expect(await textOf(response)).toBe('{"error":{}}');
  });

  it.each([
    ["to its end", 100],
    ["in part", 1],
  ])("keeps the headers of a response whose body was read %s", async (_, maxBytes) => {
    const response = await createXhrTransport()(requestTo(scenario("error").url));
    await readCapped(response.body, maxBytes, 60_000);
    expect(response.headers.get("X-Request-Id")).toBe("req_1");
    expect(response.headers.get("retry-after-ms")).toBe("70");
    expect(response.headers.get("absent")).toBeNull();
  });

  it.each(["reset", "reset-early"])("reports `possible` for a connection that is cut (%s)", async (name) => {
    expect(await failureOf(createXhrTransport()(requestTo(scenario(name).url)))).toMatchObject({
      delivery: "possible",
    });
  });

  it("reports `possible` for an incomplete response", async () => {
    // Whether the browser reports the headers before the cut is its own choice.
    const text = createXhrTransport()(requestTo(scenario("cut").url)).then(textOf);
    expect(await failureOf(text)).toMatchObject({ delivery: "possible" });
  });

  it("reports that the response had begun when a stream is cut off", async () => {
    const { url, confirmHeaders } = scenario("events", "?cut");
    const response = await createXhrTransport()(requestTo(url));
    await confirmHeaders();
    const { message, delivery } = await failureOf(textOf(response));
    expect(message).toBe("The connection broke before the complete response arrived.");
    expect(delivery).toBe("possible");
  });

  it("throws the signal's reason before, during and after the upload", async () => {
    const send = createXhrTransport();
    const signal = AbortSignal.abort("before");
    await expect(send(requestTo(scenario("ok").url, { signal }))).rejects.toBe("before");

    const within = new AbortController();
    const byteLength = 50_000_000;
    const sent = send(
      requestTo(scenario("ok").url, {
        signal: within.signal,
        body: { ...createForm(byteLength), blob: () => new Blob([new Uint8Array(byteLength)]) },
        onUploadProgress: () => within.abort("within"),
      }),
    );
    await expect(sent).rejects.toBe("within");

    const after = new AbortController();
    const { url, seen } = scenario("hang");
    const hung = send(
      requestTo(url, {
        signal: after.signal,
        onUploadProgress: ({ loadedBytes, totalBytes }) => {
          if (loadedBytes === totalBytes) after.abort("after");
        },
      }),
    );
    await expect(hung).rejects.toBe("after");
    await expect.poll(async () => (await seen()).closed).toBe(true);
  });

  it("closes the connection when the reader stops early", async () => {
    const { url, seen } = scenario("events", "?hang");
    const response = await createXhrTransport()(requestTo(url));
    for await (const _ of response.body) break;
    await expect.poll(async () => (await seen()).closed).toBe(true);
  });
});

describe(createProxyClient, () => {
  it("accepts a URL relative to the page", () => {
    expect(() => createProxyClient({ url: "/api/image-edit" })).not.toThrow();
  });

  it("uses the outcome and the delay that the proxy reports", async () => {
    const { url } = scenario("refused");
    const options = { image: await imageOf(4, 4), prompt: "A red hat" };
    await expect(createProxyClient({ url }).edit(options)).rejects.toMatchObject({
      status: 502,
      outcome: "rejected",
      requestId: "req_1",
    });
    const delays: number[] = [];
    const client = createProxyClient({
      url: scenario("error").url,
      maxRetries: 1,
      onRetry: ({ delayMs }) => void delays.push(delayMs),
    });
    await expect(client.edit(options)).rejects.toMatchObject({ status: 429, retryAfterMs: 70 });
    expect(delays).toEqual([70]);
  });

  it.each([
    ['Upstream answered 400: "no". Nothing was billed.', 'Upstream answered 400: "no". Nothing was billed.'],
    ["Upstream could not be reached.", "Upstream could not be reached. Nothing was billed."],
  ])("repeats the proxy's own message: %s", async (message, sentences) => {
    const { url } = scenario("refused", `?${new URLSearchParams({ message })}`);
    const edited = createProxyClient({ url }).edit({ image: await imageOf(4, 4), prompt: "A red hat" });
    await expect(edited).rejects.toMatchObject({
      message: `The proxy answered 502 (refused). ${sentences} Request id: req_1.`,
    });
  });

  it("names the proxy that cannot be reached", async () => {
    const client = createProxyClient({ url: scenario("reset").url, maxRetries: 0 });
    await expect(client.edit({ prompt: "A red hat", image: await imageOf(4, 4) })).rejects.toMatchObject({
      outcome: "unknown",
      code: "connection_failed",
      message: expect.stringContaining("The image-edit proxy of this page could not be reached"),
    });
  });

  it("posts without a key to exactly its URL", async () => {
    const { url, seen } = scenario("ok");
    const png = await imageOf(4, 4);
    const edited = createProxyClient({ url }).edit({ image: png, prompt: "A red hat" });
    await expect(edited).rejects.toMatchObject({ name: "InvalidResponseError", outcome: "unknown" });
    expect((await seen()).headers).not.toHaveProperty("authorization");
  });

  it("reports an edit that a browser without a network did not send", async () => {
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    const client = createProxyClient({ url: "https://proxy.invalid/api/image-edit", maxRetries: 0 });
    const edit = client.edit({ prompt: "A red hat", image: await imageOf(4, 4) });
    await expect(edit).rejects.toMatchObject({ outcome: "not-sent", code: "offline" });
  });
});

function imageOf(width: number, height: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.fillRect(0, 0, 1, 1);
  return canvas.convertToBlob();
}
