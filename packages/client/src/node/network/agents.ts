import type { AgentOptions, Agent as HttpAgent, RequestOptions } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import type { SecureContextOptions } from "node:tls";
import { http, https } from "../builtins.ts";
import { chooseProxy, parseProxy } from "./choose-proxy.ts";
import { createTunnelAgent, proxyAuthorization } from "./tunnel-agent.ts";

/** TLS settings as `node:tls` names them: a custom certificate authority, a client certificate, versions. */
export interface NodeTlsOptions extends SecureContextOptions {
  /** Whether a certificate that no known authority signed is rejected; `true` by default. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** The host name that the certificate is checked against. By default that of the URL. */
  readonly servername?: string | undefined;
}

/** Network options on Node. */
export interface NodeNetworkOptions {
  /** TLS settings for the server, and for a proxy reached over https. */
  readonly tls?: NodeTlsOptions | undefined;
  /** Custom agent. It controls proxies and TLS itself, so `tls` and `proxy` have no effect beside it. */
  readonly agent?: HttpAgent | HttpsAgent | undefined;
  /**
   * The proxy's `http:` or `https:` URL, with `user:password@` if it requires them; `false` for none. By default
   * `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are read as curl reads them. Loopback is never proxied.
   */
  readonly proxy?: string | URL | false | undefined;
  /**
   * Gives every edit a connection of its own, with a resumed TLS session. By default a connection that was idle for
   * less than a second is reused: a server may close it at the moment the form is sent, and the outcome is then
   * unknown. No effect beside `agent`.
   */
  readonly freshConnections?: boolean | undefined;
}

/** Options of `node:http(s)` besides headers and body. @internal */
export type Route = Pick<RequestOptions, "protocol" | "hostname" | "port" | "path" | "agent"> & {
  readonly headers: Readonly<Record<string, string>>;
  /** Where the network proxy of this route was set, if it has one: named in errors. */
  readonly proxySource?: string | undefined;
};

/** Routes URLs and holds the connections of one client. @internal */
export interface Agents {
  /** Returns the route to a URL. A request that `isBilled` gets a connection of its own if the client asks for that. */
  route(url: URL, signal: AbortSignal, isBilled?: boolean): Route;
}

/** Servers keep idle connections for at least 2 s (Gunicorn; Node 5 s, nginx 75 s). */
const maxIdleMs = 1000;

/** Records when each connection of an agent fell idle; `closeStale` closes those that the server may be closing too. */
function watchIdle(agent: HttpAgent): { closeStale(): void } {
  const idleSince = new WeakMap<object, number>();
  /** Since when the one that has been idle longest can have been. Before it may be stale, none is looked at. */
  let oldest = Number.POSITIVE_INFINITY;
  const keep = agent.keepSocketAlive;
  agent.keepSocketAlive = (socket) => {
    const now = performance.now();
    idleSince.set(socket, now);
    oldest = Math.min(oldest, now);
    return keep.call(agent, socket);
  };
  return {
    closeStale() {
      const now = performance.now();
      if (now - oldest < maxIdleMs) return;
      oldest = Number.POSITIVE_INFINITY;
      for (const socket of Object.values(agent.freeSockets).flat()) {
        if (socket === undefined) continue;
        const since = idleSince.get(socket) ?? 0;
        if (now - since >= maxIdleMs) socket.destroy();
        else oldest = Math.min(oldest, since);
      }
    },
  };
}

/**
 * Creates what chooses the route of each request of `node:http(s)`: a proxy of the options or the environment, and whose
 * connection is used.
 *
 * @throws ConfigurationError (`not-sent`) for a proxy that cannot be used.
 * @example
 * const { headers, ...route } = createAgents({}).route(new URL("https://api.example.com/v1"), AbortSignal.timeout(9_000));
 * @internal
 */
export function createAgents(options: NodeNetworkOptions): Agents {
  // No `timeout`: it would also count while waiting for a response. An idle connection closed by the server is noticed.
  // A connection reads 64 KiB at a time. Node's default lets each of hundreds of waiting connections buffer twice that.
  const connection = { highWaterMark: 16_384 };
  const agents = new Map<string, { readonly agent: HttpAgent; closeStale(): void }>();
  const agentOf = (
    name: string,
    isFresh: boolean,
    create: (connection: AgentOptions) => HttpAgent,
  ): HttpAgent => {
    const key = `${isFresh ? "fresh" : "kept"} ${name}`;
    let known = agents.get(key);
    if (known === undefined) {
      const agent = create({ ...connection, keepAlive: !isFresh });
      known = { agent, ...watchIdle(agent) };
      agents.set(key, known);
    }
    known.closeStale();
    return known.agent;
  };
  if (options.proxy !== undefined && options.proxy !== false) parseProxy(options.proxy, "proxy");
  return {
    route(url, signal, isBilled = false) {
      const isFresh = isBilled && options.freshConnections === true;
      const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
      const direct = {
        protocol: url.protocol,
        hostname: host,
        port: url.port || undefined,
        path: url.pathname + url.search,
        headers: { host: url.host },
      };
      // An agent for the other protocol is an error of `node:http`; results can have another than the server.
      const { protocol = url.protocol } = (options.agent ?? {}) as { readonly protocol?: string };
      if (options.agent && protocol === url.protocol) return { ...direct, agent: options.agent };
      const choice = chooseProxy(url, options.proxy, process.env);
      const proxy = choice?.url;
      const proxySource = choice?.source;
      const isSecure = url.protocol === "https:";
      if (!proxy) {
        const agent = isSecure
          ? agentOf("https:", isFresh, (connection) => new (https().Agent)({ ...connection, ...options.tls }))
          : agentOf("http:", isFresh, (connection) => new (http().Agent)(connection));
        return { ...direct, agent };
      }
      if (isSecure) {
        const agent = agentOf(proxy.href, isFresh, (connection) =>
          createTunnelAgent(proxy, { ...connection, ...options.tls }),
        );
        return { ...direct, agent, proxySource, ...{ connectSignal: signal } };
      }
      // Without TLS there is nothing to tunnel: the proxy gets the complete URL (RFC 9112, 3.2.2).
      const agent =
        proxy.protocol === "https:"
          ? agentOf("https:", isFresh, (connection) => new (https().Agent)({ ...connection, ...options.tls }))
          : agentOf("http:", isFresh, (connection) => new (http().Agent)(connection));
      return {
        protocol: proxy.protocol,
        hostname: proxy.hostname.replace(/^\[(.*)\]$/, "$1"),
        port: proxy.port || undefined,
        path: `http://${url.host}${url.pathname}${url.search}`,
        headers: { host: url.host, ...proxyAuthorization(proxy) },
        proxySource,
        agent,
      };
    },
  };
}
