import { isRetouchError, type RetouchError } from "../errors/errors.ts";
import { type Delivery, TransportFailure, type TransportFailureCode } from "./transport.ts";

/** Codes that only a connection which was never made can have, whatever the system call. */
const beforeConnection: Readonly<Record<string, TransportFailureCode>> = {
  UND_ERR_CONNECT_TIMEOUT: "connect_timeout",
  ECONNREFUSED: "connection_refused",
  ConnectionRefused: "connection_refused",
  ENOTFOUND: "host_not_found",
  EAI_AGAIN: "host_not_found",
};

/** Codes of OpenSSL's verification of the server's certificate, which ends before the first byte of a request. */
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
  connection_refused: "The server refused the connection. Check `baseUrl` and that the server runs.",
  host_not_found: "The server's name was not found. Check `baseUrl` and the network.",
  connect_timeout: "No connection to the server in time. Check `baseUrl` and the network.",
  tls_failed: "The server's certificate was not accepted. Check `baseUrl` and the trusted certificates.",
  redirected:
    "The server answered with a redirect, which is not followed. Set `baseUrl` to the final address.",
  headers_timeout:
    "This runtime's fetch gave up waiting for the server by a limit of its own, 300 s on Node. Use `createImageClient` of `@retouch/client/node`, which has no such limit.",
};

/**
 * Tells how far a failed `fetch` got. Only what provably happened before there was a connection is `none`; everything
 * else is `possible`, because `fetch` does not tell what it handed over. An error of the pictures' own reading is
 * given back as it is: a form that could not be read to its end was not sent whole.
 */
export function toTransportFailure(
  error: unknown,
  during: "request" | "answer",
): TransportFailure | RetouchError {
  const roots = rootsOf(error);
  const ownError = roots.find(isRetouchError);
  if (ownError) return ownError;
  const isNone = during === "request" && roots.length > 0 && roots.every(isConnectFailure);
  const delivery: Delivery = isNone ? "none" : "possible";
  const code = roots.map((root) => nameFailure(root, isNone)).find((name) => name !== undefined);
  const message =
    (code && sentences[code]) ??
    (during === "request"
      ? "The connection failed before an answer came."
      : "The connection was cut within the answer.");
  return new TransportFailure(message, { delivery, code, cause: error });
}

interface Root {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
}

/** Walks `cause` and the `errors` of an AggregateError (one for each address tried) down to what went wrong. */
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
  // Node's word for a port that no request goes to, whoever asks.
  if (message === "bad port") return true;
  // Node's words for a connection that ended within the TLS handshake (its code is that of any reset), and the phase
  // before the connection in the words of Deno's HTTP library, which gives no code.
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
