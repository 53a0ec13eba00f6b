import { encodeFetchBody } from "./fetch-body.ts";
import { describeFetchFailure } from "./fetch-failure.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** Chooses what {@link createFetchTransport} sends with. */
export interface FetchTransportOptions {
  /** Replaces the platform's `fetch`, which is looked up at each call and never at import. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * Creates the transport of every runtime that has `fetch`: the form goes out as our own bytes with an exact
 * `Content-Length`, and a redirect is an error, because following one would send the key to another address and
 * makes `fetch` keep the whole upload in memory.
 */
export function createFetchTransport(options: FetchTransportOptions = {}): Transport {
  return async (request) => {
    const { signal } = request;
    signal.throwIfAborted();
    const { body, headers, duplex } = await encodeFetchBody(request, options.fetch === undefined);
    signal.throwIfAborted();
    const send = options.fetch ?? globalThis.fetch;
    const init = {
      method: "POST",
      headers: { ...request.headers, ...headers },
      body,
      signal,
      redirect: "error",
      ...(duplex && { duplex }),
    } satisfies RequestInit & { duplex?: "half" };
    let response: Response;
    try {
      response = await send(request.url, init);
    } catch (error) {
      throw signal.aborted ? signal.reason : describeFetchFailure(error, "request");
    }
    request.onUploadProgress?.({ loadedBytes: request.body.byteLength, totalBytes: request.body.byteLength });
    return {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
      body: readBody(response, request),
    } satisfies TransportResponse;
  };
}

async function* readBody(response: Response, request: TransportRequest): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  let isDone = false;
  try {
    while (true) {
      const { done, value } = await reader.read();
      // An abort does not end the body of every `fetch`: one given by the user may not know the signal.
      request.signal.throwIfAborted();
      isDone = done;
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw request.signal.aborted ? request.signal.reason : describeFetchFailure(error, "answer");
  } finally {
    // Not awaited: a stream that is stuck must not hold back the error, and closing has no result to tell.
    if (!isDone) void reader.cancel().catch(() => undefined);
  }
}
