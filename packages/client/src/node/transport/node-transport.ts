import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { createFetchTransport } from "../../transport/fetch-transport.ts";
import type { Delivery, Transport, TransportRequest, TransportResponse } from "../../transport/transport.ts";
import { requesterOf } from "../builtins.ts";
import { type Agents, createAgents, type NodeNetworkOptions, type Route } from "../network/agents.ts";
import { toTransportFailure } from "./node-failure.ts";
import { readResponseBody } from "./response-body.ts";
import { interceptSocketWrites } from "./watch-socket-writes.ts";
import { nextTick, uploadForm } from "./write-body.ts";

/** Sends a form once and resolves with the response headers, which may arrive before the form is sent. */
function sendForm(
  transportRequest: TransportRequest,
  { proxySource, ...route }: Route,
): Promise<TransportResponse> {
  const { signal, body, method = "POST" } = transportRequest;
  const send = requesterOf(route);
  return new Promise((resolve, reject) => {
    let delivery: Delivery = "none";
    let incoming: IncomingMessage | undefined;
    let formError: { readonly error: unknown } | undefined;
    let networkError: unknown;
    const request = send({
      ...route,
      method,
      headers: {
        accept: "*/*",
        // Images in base64 gain little, and an encoding would delay the events of a stream.
        "accept-encoding": "identity",
        "user-agent": "retouch",
        ...transportRequest.headers,
        ...route.headers,
        ...(method === "POST" && { "content-length": body.byteLength }),
      },
    });
    const deliver = (next: Delivery): void => {
      if (next === delivery) return;
      delivery = next;
      transportRequest.onDelivery?.(next);
    };
    const toFailure = (error: unknown): unknown => {
      if (signal.aborted) return signal.reason;
      if (formError && !incoming) return formError.error;
      return toTransportFailure(
        networkError ?? error,
        incoming ? "possible" : delivery,
        incoming !== undefined,
        proxySource,
      );
    };
    const abort = (): void => {
      request.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    request.on("error", (error) => {
      networkError ??= error;
      if (!incoming) reject(toFailure(error));
    });
    request.on("close", () => {
      signal.removeEventListener("abort", abort);
      if (!incoming) reject(toFailure(undefined));
    });
    request.on("response", (response) => {
      incoming = response;
      resolve({
        status: response.statusCode ?? 0,
        statusText: response.statusMessage ?? "",
        ...readResponseBody(response, toFailure),
      });
      response.once("close", () => {
        // A connection whose request never ended cannot be reused.
        if (!request.writableEnded) request.destroy();
      });
    });
    request.once("socket", (socket) => {
      // A variable: V8 allocates a function that is assigned to a property in its old generation, where it keeps all
      // that it sees, which is all of this request, until the whole heap is collected.
      const onWriteError = (): void => deliver("incomplete");
      interceptSocketWrites(socket).onWriteError = onWriteError;
      whenConnected(request.reusedSocket, socket, () => {
        const upload = uploadForm({
          form: transportRequest,
          request,
          // The rest of a rejected form is useless (RFC 9112, 9.3); after the headers of a success it is still read.
          isStopped: () => request.destroyed || (incoming?.statusCode ?? 0) >= 300,
          deliver,
        });
        upload.catch((error: unknown) => {
          formError = { error };
          if (!incoming) request.destroy();
        });
      });
    });
  });
}

/** Calls back once bytes can reach the server, so that nothing is queued on a connection that may never be made. */
function whenConnected(isReused: boolean, socket: Socket, callback: () => void): void {
  // `secureConnecting` is undocumented, yet the only sign of a handshake in progress on sockets of custom agents.
  const { secureConnecting } = socket as Socket & { readonly secureConnecting?: boolean };
  if (isReused || !(socket.connecting || secureConnecting)) callback();
  else socket.once(secureConnecting ? "secureConnect" : "connect", callback);
}

/** Options of {@link createNodeTransport}. */
interface NodeTransportOptions extends NodeNetworkOptions {
  /** Sends with this `fetch` instead of `node:http(s)`; the other options then have no effect. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * Creates the transport on `node:http(s)`. Connections are kept alive unless `freshConnections` is set, and the form is sent in chunks with its exact
 * length. Only the signal limits the wait for a response. The delivery of a failure is exact because the
 * closing boundary is sent last and separately.
 */
export function createNodeTransport(
  options: NodeTransportOptions = {},
  agents: Agents = createAgents(options),
): Transport {
  if (options.fetch) return createFetchTransport({ fetch: options.fetch });
  let last: URL | undefined;
  return async (request) => {
    request.signal.throwIfAborted();
    request.onDelivery?.("none");
    // Nearly all requests of a client go to one URL.
    if (last?.href !== request.url) last = new URL(request.url);
    const route = agents.route(last, request.signal, request.method !== "GET");
    // Two ticks of the event loop: a close of a pooled connection that already arrived removes it from the pool.
    await nextTick();
    await nextTick();
    request.signal.throwIfAborted();
    return sendForm(request, route);
  };
}
