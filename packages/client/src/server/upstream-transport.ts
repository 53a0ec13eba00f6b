import { throwImportError } from "../errors/import-error.ts";
import { isNode } from "../transport/fetch-body.ts";
import { createFetchTransport } from "../transport/fetch-transport.ts";
import type { Transport } from "../transport/transport.ts";

/**
 * Creates what loads the transport to upstream, before anything is sent. On Node it is that of the client, on
 * `node:http(s)`: it takes half the time of `fetch` for a small edit, has no limit of its own on the wait for a response,
 * and knows exactly whether upstream can have the form. Every other runtime, and a given `fetch`, keeps `fetch`.
 */
export function createUpstreamTransport(
  fetch: typeof globalThis.fetch | undefined,
): () => Promise<Transport> {
  if (fetch || !hasNodeHttp()) {
    const transport = createFetchTransport({ fetch });
    return async () => transport;
  }
  let transport: Transport | undefined;
  return async () => {
    if (transport) return transport;
    const { createNodeTransport } = await import("../node/transport/node-transport.ts").catch(
      throwImportError,
    );
    // Stored only after it loaded, so that the next edit retries a failed import.
    transport ??= createNodeTransport(readsProxies() ? {} : { proxy: false });
    return transport;
  };
}

/** Returns whether this is Node with its modules. workerd reports a Node version too, and makes `node:http` of `fetch`. */
function hasNodeHttp(): boolean {
  return (
    isNode() &&
    typeof process.getBuiltinModule === "function" &&
    globalThis.navigator?.userAgent !== "Cloudflare-Workers"
  );
}

/** Returns whether Node's own `fetch` would read `HTTPS_PROXY`. A server must not send its key elsewhere than it did. */
function readsProxies(): boolean {
  const { NODE_USE_ENV_PROXY, NODE_OPTIONS = "" } = process.env;
  return (
    NODE_USE_ENV_PROXY === "1" || [...process.execArgv, NODE_OPTIONS].join(" ").includes("--use-env-proxy")
  );
}
