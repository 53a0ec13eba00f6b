import type { AgentOptions, ClientRequestArgs } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import { https, net, requesterOf, tls } from "../builtins.ts";

type TunnelOptions = ConnectionOptions & { readonly connectSignal?: AbortSignal };
type ConnectCallback = (error: Error | null, socket: Duplex) => void;

/**
 * Creates an agent that connects to the server through a `CONNECT` tunnel of the proxy, so that the proxy sees
 * neither key nor images. (Node 20 lacks `proxyEnv` of Node 24.)
 */
export function createTunnelAgent(proxy: URL, options: AgentOptions): HttpsAgent {
  const agent = new (https().Agent)(options);
  // The agent resumes TLS sessions only in its own `createConnection`.
  const sessions = new Map<string, Buffer>();
  const createConnection = (given: ClientRequestArgs, callback?: ConnectCallback): undefined => {
    const { connectSignal, path: _, host, port, ...connection } = given as TunnelOptions;
    const authority = `${net().isIPv6(String(host)) ? `[${host}]` : host}:${port}`;
    openTunnel({ proxy, authority, tls: connection, signal: connectSignal }, (error, socket) => {
      // The callback's type requires a socket, which an error does not have.
      if (!socket) return callback?.(error, undefined as unknown as Duplex);
      const name = `${connection.servername ?? ""} ${authority}`;
      const session = sessions.get(name);
      const secure = tls().connect({ ...connection, socket, ...(session && { session }) });
      secure.on("session", (next) => sessions.set(name, next));
      callback?.(null, secure);
    });
    return undefined;
  };
  return Object.assign(agent, { createConnection });
}

interface Tunnel {
  readonly proxy: URL;
  readonly authority: string;
  readonly tls: ConnectionOptions;
  readonly signal: AbortSignal | undefined;
}

function openTunnel(
  { proxy, authority, tls: connection, signal }: Tunnel,
  callback: (error: Error | null, socket?: Socket) => void,
): void {
  const isSecure = proxy.protocol === "https:";
  const connecting = requesterOf(proxy)({
    ...(isSecure && { ca: connection.ca, rejectUnauthorized: connection.rejectUnauthorized }),
    method: "CONNECT",
    hostname: proxy.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: proxy.port || (isSecure ? 443 : 80),
    path: authority,
    headers: { host: authority, ...proxyAuthorization(proxy) },
    agent: false,
  });
  let isSettled = false;
  const settle = (error: Error | null, socket?: Socket): void => {
    if (isSettled) return void socket?.destroy();
    isSettled = true;
    signal?.removeEventListener("abort", abort);
    callback(error, socket);
  };
  const abort = (): void => {
    settle(new ProxyFailure("aborted"));
    connecting.destroy();
  };
  const reject = (status: number | undefined): void => {
    settle(new ProxyFailure(`it answered ${status}`, { code: String(status) }));
    connecting.destroy();
  };
  connecting.on("error", (cause) => settle(new ProxyFailure("it is unreachable", { cause })));
  connecting.on("response", (response) => reject(response.statusCode));
  connecting.on("connect", (response, socket, head) => {
    const { statusCode = 0 } = response;
    // Any success opens the tunnel (RFC 9110, 9.3.6). Bytes before the client's first would be the proxy's own.
    if (statusCode < 200 || statusCode > 299 || head.byteLength > 0) {
      socket.destroy();
      return reject(response.statusCode);
    }
    settle(null, socket);
  });
  signal?.addEventListener("abort", abort, { once: true });
  connecting.end();
}

/** Error of a proxy that opened no tunnel: the server was not reached. */
export class ProxyFailure extends Error {
  override readonly name = "ProxyFailure";
  readonly code: string;

  constructor(seen: string, options: { cause?: unknown; code?: string } = {}) {
    super(seen, { cause: options.cause });
    this.code = options.code ?? "PROXY";
  }
}

/** Returns the header that a proxy with a user name requires. */
export function proxyAuthorization(proxy: URL): Record<string, string> {
  if (!proxy.username) return {};
  const pair = `${decode(proxy.username)}:${decode(proxy.password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** Undoes the escapes of a URL; a password with a bare `%` is meant as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
