import { isRetouchError, type RetouchError } from "../errors/errors.ts";
import { type Delivery, TransportFailure, type TransportFailureCode } from "./transport.ts";

/** Codes that occur only when no connection was made, whatever the system call. */
const beforeConnection: Readonly<Record<string, TransportFailureCode>> = {
  UND_ERR_CONNECT_TIMEOUT: "connect_timeout",
  ECONNREFUSED: "connection_refused",
  ConnectionRefused: "connection_refused",
  ENOTFOUND: "host_not_found",
  EAI_AGAIN: "host_not_found",
};

/** Codes of OpenSSL's certificate verification, which finishes before the first byte of a request is sent. */
const certificateCode =
  /^(CERT_|ERR_TLS_CERT_ALTNAME|DEPTH_ZERO_SELF|SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY))/;

const afterConnection: Readonly<Record<string, TransportFailureCode>> = {
  UND_ERR_HEADERS_TIMEOUT: "headers_timeout",
  UND_ERR_BODY_TIMEOUT: "headers_timeout",
  ECONNRESET: "connection_reset",
  EPIPE: "connection_reset",
  UND_ERR_SOCKET: "connection_reset",
};

const sentences: Partial<Record<TransportFailureCode, string>> = {
  connection_refused: "The server refused the connection.",
  host_not_found: "The server's name was not found.",
  connect_timeout: "No connection to the server in time.",
  tls_failed: "The server's certificate was not accepted.",
  redirected: "The server responded with a redirect, which is not followed.",
  headers_timeout:
    "This runtime's `fetch` stopped waiting for the server at its own limit (300 s on Node). Use `createImageClient` from `@retouch/client/node`, which has no such limit.",
};

/**
 * Returns the error for a failed `fetch`, with how much may have been delivered. Only a failure that provably
 * preceded the connection is `none`. Everything else is `possible`, because `fetch` does not report what it sent.
 * An error from a `fetch` that never read the form, such as a TypeError about its options, is `none` too.
 * An error from reading the images is returned unchanged: an incomplete form was not sent completely.
 */
export function toTransportFailure(
  error: unknown,
  during: "request" | "response",
  wasRead = true,
): TransportFailure | RetouchError {
  const roots = rootsOf(error);
  const ownError = roots.find(isRetouchError);
  if (ownError) return ownError;
  const isNone = !wasRead || (during === "request" && roots.length > 0 && roots.every(isConnectFailure));
  const delivery: Delivery = isNone ? "none" : "possible";
  const code = roots.map((root) => nameFailure(root, isNone)).find((name) => name !== undefined);
  const message =
    (code && sentences[code]) ??
    (during === "request"
      ? "The connection failed before a response arrived."
      : "The connection was cut while the response was being read.");
  return new TransportFailure(message, { delivery, code, cause: error });
}

interface Root {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
}

/** Returns the root causes: follows `cause` and the `errors` of an AggregateError (one for each address tried). */
function rootsOf(error: unknown, depth = 0): Root[] {
  if (typeof error !== "object" || error === null || depth > 5) return [];
  if (isRetouchError(error)) return [error];
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return errors.flatMap((one) => rootsOf(one, depth + 1));
  const deeper = rootsOf(cause, depth + 1);
  return deeper.length > 0 ? deeper : [error];
}

function isConnectFailure({ code, syscall, message }: Root): boolean {
  if (typeof code === "string" && (code in beforeConnection || certificateCode.test(code))) return true;
  if (typeof code === "string" && (syscall === "connect" || syscall === "getaddrinfo")) return true;
  if (typeof message !== "string") return false;
  // Node's message for a port that `fetch` always blocks: https://fetch.spec.whatwg.org/#port-blocking
  if (message === "bad port") return true;
  // Node's message for a connection that ended during the TLS handshake; its code is the same as for any reset.
  // Deno's HTTP library reports no code, only a message that names the connection phase.
  return (
    message === "Client network socket disconnected before secure TLS connection was established" ||
    message.includes("client error (Connect)")
  );
}

function nameFailure({ code, message }: Root, isNone: boolean): TransportFailureCode | undefined {
  if (typeof code === "string") {
    if (certificateCode.test(code)) return "tls_failed";
    if (isNone && code === "ETIMEDOUT") return "connect_timeout";
    return beforeConnection[code] ?? afterConnection[code];
  }
  return typeof message === "string" && /\bredirect/i.test(message) ? "redirected" : undefined;
}
