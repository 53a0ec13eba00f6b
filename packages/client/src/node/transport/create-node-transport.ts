import { createFetchTransport } from "../../transport/fetch-transport.ts";
import type { Transport } from "../../transport/transport.ts";
import { type Agents, createAgents, type NodeNetworkOptions } from "../network/agents.ts";
import { nextTurn } from "./next-turn.ts";
import { sendForm } from "./node-transport.ts";

/** Chooses how {@link createNodeTransport} reaches the server. */
export interface NodeTransportOptions extends NodeNetworkOptions {
  /** Sends with this `fetch` instead of `node:http(s)`; the other options then have no effect. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * Creates the transport on `node:http(s)`: connections are kept alive, the form goes out in pieces with its exact
 * length, nothing but the signal limits how long an answer may take, and the delivery of a failure is exact because the
 * closing boundary leaves alone and last.
 */
export function createNodeTransport(
  options: NodeTransportOptions = {},
  agents: Agents = createAgents(options),
): Transport {
  if (options.fetch) return createFetchTransport({ fetch: options.fetch });
  return async (request) => {
    request.signal.throwIfAborted();
    request.onDelivery?.("none");
    const route = agents.route(new URL(request.url), request.signal);
    // Two turns of the event loop let the end of a pooled connection that already arrived drop it from the pool.
    await nextTurn();
    await nextTurn();
    request.signal.throwIfAborted();
    return sendForm(request, route);
  };
}
