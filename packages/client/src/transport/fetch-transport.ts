import { abortable } from "../async/deadline.ts";
import { encodeFetchBody, type FetchBody } from "./fetch-body.ts";
import { toTransportFailure } from "./fetch-failure.ts";
import { fetchSignal } from "./fetch-signal.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** Options of {@link createFetchTransport}. */
export interface FetchTransportOptions {
  /** Replaces the platform's `fetch`, which is looked up at each call, not at import. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * Creates a transport for any runtime that has `fetch`. It encodes the form itself and sends an exact
 * `Content-Length`. A redirect is an error: following one would send the key to another URL and makes `fetch` retain
 * the complete upload in memory.
 */
export function createFetchTransport(options: FetchTransportOptions = {}): Transport {
  let redirect: "error" | "manual" | undefined;
  return async (request) => {
    const { signal } = request;
    // Once for each client: it creates a `Request`.
    redirect ??= redirectMode();
    signal.throwIfAborted();
    const send = options.fetch ?? globalThis.fetch;
    const { method = "POST" } = request;
    const { body, headers, duplex, wasRead }: Partial<FetchBody> =
      method === "GET" ? {} : await encodeFetchBody(request, send === globalThis.fetch);
    signal.throwIfAborted();
    const accepted = fetchSignal(signal);
    const init = {
      method,
      headers: { ...request.headers, ...headers },
      ...(body && { body }),
      ...(accepted && { signal: accepted }),
      redirect,
      ...(duplex && { duplex }),
    } satisfies RequestInit & { duplex?: "half" };
    let response: Response;
    try {
      const sending = send(request.url, init);
      response = await (accepted ? sending : abortable(sending, signal));
    } catch (error) {
      throw signal.aborted ? signal.reason : toTransportFailure(error, "request", wasRead?.());
    }
    // A `fetch` that follows redirects all the same: the status is that of another URL and says nothing about the form.
    if (response.type === "opaqueredirect" || (response.redirected && !response.ok)) {
      void response.body?.cancel().catch(() => undefined);
      throw toTransportFailure(new TypeError("redirected"), "request");
    }
    request.onUploadProgress?.({ loadedBytes: request.body.byteLength, totalBytes: request.body.byteLength });
    const reader = response.body?.getReader();
    // Not awaited: closing has no result, and a stuck stream must not block the caller.
    const close = (): void => void reader?.cancel().catch(() => undefined);
    return {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
      body: readBody(reader, close, request),
    } satisfies TransportResponse;
  };
}

/**
 * Returns the `redirect` option for `fetch`. No redirect is followed. `error` is preferred, because it also prevents
 * `fetch` from buffering the complete upload. workerd rejects that value; there, `manual` returns the redirect itself.
 */
export function redirectMode(): "error" | "manual" {
  try {
    new Request("http://localhost", { redirect: "error" });
    return "error";
  } catch {
    return "manual";
  }
}

/** Reads a body. Not a generator: each takes three turns for every chunk. */
function readBody(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
  close: () => void,
  { signal }: TransportRequest,
): AsyncIterable<Uint8Array> {
  const end = { done: true, value: undefined } as const;
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const step = await reader?.read();
          // An abort does not end the body of every `fetch`: a custom one may ignore the signal.
          signal.throwIfAborted();
          return step && !step.done ? step : end;
        } catch (error) {
          close();
          throw signal.aborted ? signal.reason : toTransportFailure(error, "response");
        }
      },
      async return() {
        close();
        return end;
      },
    }),
  };
}
