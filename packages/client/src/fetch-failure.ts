import { sanitizeCause } from "./sanitize-cause.ts";
import { TransportFailure, type TransportFailureCode, type TransportRequest } from "./transport.ts";

/** Codes that only a connection which was never made can have, whatever the system call. */
const beforeConnection: Readonly<Record<string, TransportFailureCode>> = {
  UND_ERR_CONNECT_TIMEOUT: "connect_timeout",
  ECONNREFUSED: "connection_refused",
  ConnectionRefused: "connection_refused",
  ENOTFOUND: "host_not_found",
  EAI_AGAIN: "host_not_found",
  ERR_TLS_CERT_ALTNAME_INVALID: "tls_failed",
  CERT_HAS_EXPIRED: "tls_failed",
  CERT_NOT_YET_VALID: "tls_failed",
  CERT_REVOKED: "tls_failed",
  CERT_UNTRUSTED: "tls_failed",
  CERT_REJECTED: "tls_failed",
  DEPTH_ZERO_SELF_SIGNED_CERT: "tls_failed",
  SELF_SIGNED_CERT_IN_CHAIN: "tls_failed",
  UNABLE_TO_GET_ISSUER_CERT: "tls_failed",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "tls_failed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls_failed",
  HOSTNAME_MISMATCH: "tls_failed",
  INVALID_CA: "tls_failed",
};

const afterConnection: Readonly<Record<string, TransportFailureCode>> = {
  UND_ERR_HEADERS_TIMEOUT: "headers_timeout",
  UND_ERR_BODY_TIMEOUT: "headers_timeout",
  ECONNRESET: "connection_reset",
  EPIPE: "connection_reset",
  UND_ERR_SOCKET: "connection_reset",
};

/**
 * Tells how far a failed `fetch` got. Only what provably happened before there was a connection is `none`; everything
 * else is `possible`, because `fetch` does not tell what it handed over.
 */
export function describeFetchFailure(
  error: unknown,
  request: TransportRequest,
  during: "request" | "answer" = "request",
): TransportFailure {
  const cause = sanitizeCause(error, [request.url, ...Object.values(request.headers)]);
  const failed = rootsOf(error);
  const isBeforeConnection = during === "request" && failed.length > 0 && failed.every(isConnectFailure);
  const code = codeOf(failed, isBeforeConnection);
  return new TransportFailure(describe(code, failed, during), {
    delivery: isBeforeConnection ? "none" : "possible",
    code,
    cause,
  });
}

interface SystemError {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
}

/** Walks `cause` and the `errors` of an AggregateError (one for each address tried) down to what went wrong. */
function rootsOf(error: unknown, depth = 0): SystemError[] {
  if (typeof error !== "object" || error === null || depth > 5) return [];
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return errors.flatMap((one) => rootsOf(one, depth + 1));
  const deeper = rootsOf(cause, depth + 1);
  return deeper.length > 0 ? deeper : [error];
}

function isConnectFailure({ code, syscall, message }: SystemError): boolean {
  if (typeof code === "string" && Object.hasOwn(beforeConnection, code)) return true;
  if (typeof code === "string" && (syscall === "connect" || syscall === "getaddrinfo")) return true;
  // Node's own words for a connection that ended during the TLS handshake; its code is that of any reset.
  if (message === "Client network socket disconnected before secure TLS connection was established")
    return true;
  // Deno gives no code; "(Connect)" is how its HTTP library names the phase before there is a connection.
  return typeof message === "string" && message.includes("client error (Connect)");
}

function codeOf(failed: readonly SystemError[], isBeforeConnection: boolean): TransportFailureCode {
  for (const { code, message } of failed) {
    if (typeof code === "string") {
      if (Object.hasOwn(beforeConnection, code)) return beforeConnection[code] ?? "connection_failed";
      if (Object.hasOwn(afterConnection, code)) return afterConnection[code] ?? "connection_failed";
      if (code === "ETIMEDOUT" && isBeforeConnection) return "connect_timeout";
    }
    if (typeof message === "string" && /redirect/i.test(message)) return "redirected";
  }
  return "connection_failed";
}

function describe(
  code: TransportFailureCode,
  failed: readonly SystemError[],
  during: "request" | "answer",
): string {
  const seen = failed.find((one) => typeof one.code === "string")?.code;
  const because = typeof seen === "string" ? ` (${seen})` : "";
  switch (code) {
    case "connection_refused":
      return `The server refused the connection${because}. Check \`baseUrl\` and that the server runs.`;
    case "host_not_found":
      return `The server's name was not found${because}. Check \`baseUrl\` and the network.`;
    case "connect_timeout":
      return `No connection to the server in time${because}. Check \`baseUrl\` and the network.`;
    case "tls_failed":
      return `The server's certificate was not accepted${because}. Check \`baseUrl\` and the trusted certificates.`;
    case "redirected":
      return "The server answered with a redirect, which would take the key elsewhere. Set `baseUrl` to the final address.";
    case "headers_timeout":
      return `This runtime's fetch gave up waiting for the server, by a limit of its own${because}: 300 s on Node. Use \`createImageClient\` of \`@retouch/client/node\`, which has no such limit.`;
    case "connection_reset":
      return during === "answer"
        ? `The connection was cut while the answer arrived${because}.`
        : `The connection was cut before an answer came${because}.`;
    default:
      return during === "answer"
        ? `The answer ended before it was whole${because}.`
        : `The request failed without an answer${because}.`;
  }
}
