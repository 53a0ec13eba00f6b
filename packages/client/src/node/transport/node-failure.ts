import { type Delivery, TransportFailure, type TransportFailureCode } from "../../transport/transport.ts";
import { ProxyFailure } from "../network/tunnel-agent.ts";

const names: Readonly<Record<string, TransportFailureCode>> = {
  ECONNREFUSED: "connection_refused",
  ENOTFOUND: "host_not_found",
  EAI_AGAIN: "host_not_found",
  ETIMEDOUT: "connect_timeout",
  ECONNRESET: "connection_reset",
  EPIPE: "connection_reset",
};

/**
 * Returns the failure for an error of `node:http(s)`. The caller knows how far the request got, and where the network
 * proxy was set if there is one.
 */
export function toTransportFailure(
  given: unknown,
  delivery: Delivery,
  isAnswered: boolean,
  proxySource?: string,
): TransportFailure {
  // Plain http has no tunnel: the connection that failed is the one to the proxy.
  const isUnreachable =
    proxySource !== undefined && delivery === "none" && names[codeOf(given) ?? ""] !== undefined;
  const cause = isUnreachable ? new ProxyFailure("it is unreachable", { cause: given }) : given;
  const code = codeOf(cause);
  const name = nameFailure(cause, code, delivery, isAnswered);
  return new TransportFailure(sentence(name, cause, code, delivery, isAnswered, proxySource), {
    delivery,
    code: name,
    cause,
    tlsOption: name === "tls_failed" ? "tls.ca" : undefined,
  });
}

function nameFailure(
  cause: unknown,
  code: string | undefined,
  delivery: Delivery,
  isAnswered: boolean,
): TransportFailureCode {
  if (cause instanceof ProxyFailure) return "proxy_failed";
  if (code?.startsWith("HPE_") || isZlibCode(code)) return "bad_response";
  if (isAnswered) return "connection_reset";
  if (
    delivery === "none" &&
    code !== undefined &&
    /CERT|^ERR_(TLS|SSL)|^EPROTO$|SIGNATURE|ISSUER/.test(code)
  ) {
    return "tls_failed";
  }
  return (code === undefined ? undefined : names[code]) ?? "connection_failed";
}

function sentence(
  name: TransportFailureCode,
  cause: unknown,
  code: string | undefined,
  delivery: Delivery,
  isAnswered: boolean,
  proxySource: string | undefined,
): string {
  const seen = code === undefined ? "" : ` (${code})`;
  switch (name) {
    case "connection_refused":
      return `The server refused the connection${seen}.`;
    case "host_not_found":
      return `The server's host name was not found${seen}.`;
    case "connect_timeout":
      return delivery === "none"
        ? `Connecting to the server timed out${seen}.`
        : `The connection timed out${seen}.`;
    case "tls_failed":
      return `Could not open a secure connection to the server${seen}.`;
    case "proxy_failed":
      return `Could not connect through the proxy of \`${proxySource ?? "proxy"}\`: ${(cause as Error).message}.`;
    case "bad_response":
      if (code === "ERR_COMPRESSION_RATIO")
        return "The server's response is compressed so much that it cannot be images; reading stopped.";
      if (!code?.startsWith("HPE_"))
        return `The server's response is not encoded as its \`content-encoding\` says${seen}.`;
      return `The server's response is not valid HTTP${seen}.`;
    default:
      if (isAnswered) return `The connection was cut during the response${seen}.`;
      if (delivery === "none") return `The connection ended before anything was sent${seen}.`;
      return delivery === "incomplete"
        ? `The connection was cut before the form was complete${seen}.`
        : `The connection was cut before a response arrived${seen}.`;
  }
}

function isZlibCode(code: string | undefined): boolean {
  return (
    code !== undefined &&
    /^(Z_|ZSTD_|ERR_(_ERROR_|PADDING|BROTLI|CODING|NO_OUTPUT|COMPRESSION_RATIO))/.test(code)
  );
}

/** Returns the error's code. Node reports one error per address in an AggregateError without a message. */
function codeOf(cause: unknown): string | undefined {
  if (typeof cause !== "object" || cause === null) return undefined;
  const { code, errors } = cause as { code?: unknown; errors?: unknown };
  if (typeof code === "string" && code !== "") return code;
  return Array.isArray(errors) ? codeOf(errors[0]) : undefined;
}
