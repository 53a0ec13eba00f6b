import { encodeFetchBody } from "./fetch-body.ts";
import { toTransportFailure } from "./fetch-failure.ts";
import { redirectMode } from "./redirect-mode.ts";
import { closableBody } from "./response-body.ts";
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
    const send = options.fetch ?? globalThis.fetch;
    const { body, headers, duplex } = await encodeFetchBody(request, send === globalThis.fetch);
    signal.throwIfAborted();
    const init = {
      method: "POST",
      headers: { ...request.headers, ...headers },
      body,
      signal,
      redirect: redirectMode(),
      ...(duplex && { duplex }),
    } satisfies RequestInit & { duplex?: "half" };
    let response: Response;
    try {
      response = await send(request.url, init);
    } catch (error) {
      throw signal.aborted ? signal.reason : toTransportFailure(error, "request");
    }
    request.onUploadProgress?.({ loadedBytes: request.body.byteLength, totalBytes: request.body.byteLength });
    const reader = response.body?.getReader();
    // Not awaited: closing has no result to tell, and a stream that is stuck must hold nothing back.
    const close = (): void => void reader?.cancel().catch(() => undefined);
    return {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
      body: closableBody(readBody(reader, close, request), close),
    } satisfies TransportResponse;
  };
}

async function* readBody(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
  close: () => void,
  { signal }: TransportRequest,
): AsyncGenerator<Uint8Array> {
  try {
    while (reader) {
      const { done, value } = await reader.read();
      // An abort does not end the body of every `fetch`: one given by the user may not know the signal.
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } catch (error) {
    close();
    throw signal.aborted ? signal.reason : toTransportFailure(error, "answer");
  }
}
