import { Agent as HttpAgent, type RequestOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { SecureContextOptions } from "node:tls";
import { ConfigurationError } from "../../errors/errors.ts";
import { chooseProxy } from "./choose-proxy.ts";
import { createTunnelAgent, proxyAuthorization } from "./tunnel-agent.ts";

/** TLS settings as `node:tls` names them: an own certificate authority, a client's certificate, versions. */
export interface NodeTlsOptions extends SecureContextOptions {
  readonly rejectUnauthorized?: boolean | undefined;
  readonly servername?: string | undefined;
}

/** Chooses the way through the network on Node. */
export interface NodeNetworkOptions {
  /** TLS settings for the server, and for a proxy reached over https. */
  readonly tls?: NodeTlsOptions | undefined;
  /** An agent of your own. It decides about proxies and TLS alone, so `tls` and `proxy` have no effect beside it. */
  readonly agent?: HttpAgent | HttpsAgent | undefined;
  /**
   * The proxy's `http:` or `https:` URL, with `user:password@` where it asks for one; `false` for none. By default
   * `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are followed as curl follows them. Loopback is never proxied.
   */
  readonly proxy?: string | URL | false | undefined;
}

/** What `node:http(s)` is asked for, beside headers and body. */
export type Route = Pick<RequestOptions, "protocol" | "hostname" | "port" | "path" | "agent"> & {
  readonly headers: Readonly<Record<string, string>>;
};

/** Finds the way to a URL and keeps the connections of one client. */
export interface Agents {
  route(url: URL, signal: AbortSignal): Route;
}

export function createAgents(options: NodeNetworkOptions): Agents {
  // No `timeout`: it would count while an answer is awaited too. A server that closes an idle connection is noticed.
  // A connection reads 64 KiB at a time; Node's own mark lets hundreds that wait for their turn hold twice that each.
  const kept = { keepAlive: true, highWaterMark: 16_384 };
  const agents = new Map<string, HttpAgent>();
  const agentOf = (name: string, create: () => HttpAgent): HttpAgent => {
    const agent = agents.get(name) ?? create();
    agents.set(name, agent);
    return agent;
  };
  if (options.proxy !== undefined && options.proxy !== false) parseProxy(options.proxy);
  return {
    route(url, signal) {
      const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
      const direct = {
        protocol: url.protocol,
        hostname: host,
        port: url.port || undefined,
        path: url.pathname + url.search,
        headers: { host: url.host },
      };
      if (options.agent) return { ...direct, agent: options.agent };
      const proxyText = chooseProxy(url, options.proxy, process.env);
      const proxy = proxyText === undefined ? undefined : parseProxy(proxyText);
      const isSecure = url.protocol === "https:";
      if (!proxy) {
        const agent = isSecure
          ? agentOf("https:", () => new HttpsAgent({ ...kept, ...options.tls }))
          : agentOf("http:", () => new HttpAgent(kept));
        return { ...direct, agent };
      }
      if (isSecure) {
        const agent = agentOf(proxy.href, () => createTunnelAgent(proxy, { ...kept, ...options.tls }));
        return { ...direct, agent, ...{ connectSignal: signal } };
      }
      // Without TLS there is nothing to tunnel: the proxy is asked for the whole URL (RFC 9112, 3.2.2).
      const agent =
        proxy.protocol === "https:"
          ? agentOf("https:", () => new HttpsAgent({ ...kept, ...options.tls }))
          : agentOf("http:", () => new HttpAgent(kept));
      return {
        protocol: proxy.protocol,
        hostname: proxy.hostname.replace(/^\[(.*)\]$/, "$1"),
        port: proxy.port || undefined,
        path: `http://${url.host}${url.pathname}${url.search}`,
        headers: { host: url.host, ...proxyAuthorization(proxy) },
        agent,
      };
    },
  };
}

function parseProxy(proxy: string | URL): URL {
  try {
    const url = new URL(/^[a-z0-9+.-]+:\/\//i.test(String(proxy)) ? proxy : `http://${proxy}`);
    if (url.protocol === "http:" || url.protocol === "https:") return url;
  } catch {
    // Falls through: the parser's own words would repeat the URL, which can hold a password.
  }
  throw new ConfigurationError(
    "The proxy can not be used: it is no `http:` or `https:` URL. Mend `proxy`, `HTTPS_PROXY` or `HTTP_PROXY`, or set `proxy: false`.",
  );
}
