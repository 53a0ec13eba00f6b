import { isConfigurationError, type Outcome } from "../errors/errors.ts";
import { TransportFailure } from "../transport/transport.ts";

/** Stops a request with the proxy's own response; its message contains nothing of upstream's. */
export class ProxyError extends Error {
  readonly status: number;
  readonly code: string;
  readonly param: string | undefined;
  readonly outcome: Outcome;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: {
      param?: string | undefined;
      outcome?: Outcome | undefined;
      headers?: Readonly<Record<string, string>> | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.status = status;
    this.code = code;
    this.param = details.param;
    this.outcome = details.outcome ?? "not-sent";
    this.headers = details.headers ?? {};
  }
}

/** Returns the body in the form of OpenAI's errors, so that every client can parse it. */
export function toErrorBody({ message, code, param, status }: ProxyError): string {
  const type =
    status >= 500 ? "upstream_error" : status === 429 ? "rate_limit_error" : "invalid_request_error";
  return JSON.stringify({ error: { message, type, param: param ?? null, code } });
}

/** Progress of a request when it failed. */
interface ProxyStage {
  /** Something was sent to upstream. */
  readonly wasSent: boolean;
  /** The page went away. */
  readonly isGone: boolean;
  /** The time limit was reached. */
  readonly isLate: boolean;
}

/** Converts every failure into the proxy's own message: a message from below can contain a key or an address. */
export function toProxyError(error: unknown, { wasSent, isGone, isLate }: ProxyStage): ProxyError {
  if (error instanceof ProxyError) return error;
  const outcome = wasSent ? "unknown" : "not-sent";
  if (isGone) return new ProxyError(499, "client_closed", "The page went away.", { outcome, cause: error });
  if (isLate) {
    return wasSent
      ? new ProxyError(
          504,
          "upstream_timeout",
          "Upstream did not respond in time. It may have billed this edit.",
          { outcome, cause: error },
        )
      : new ProxyError(408, "too_slow", "The form did not arrive in time. Nothing was sent on.", {
          outcome,
          cause: error,
        });
  }
  if (error instanceof TransportFailure && error.delivery !== "possible") {
    return new ProxyError(502, "upstream_unreachable", "Upstream could not be reached. Nothing was sent.", {
      outcome: "not-sent",
      cause: error,
    });
  }
  if (error instanceof TransportFailure && error.code === "redirected") return redirected({ cause: error });
  if (error instanceof TransportFailure && error.code === "headers_timeout") {
    const message =
      "Upstream did not respond within the limit of this runtime's `fetch`, 300 s on Node. It may have billed this edit. Give the handler a `fetch` that waits longer.";
    return new ProxyError(504, "upstream_timeout", message, { outcome, cause: error });
  }
  if (wasSent) {
    return new ProxyError(502, "upstream_failed", "Upstream broke off. It may have billed this edit.", {
      outcome,
      cause: error,
    });
  }
  if (isConfigurationError(error)) {
    const message =
      "This server is not set up for edits. Nothing was sent. Look at its key and its settings.";
    return new ProxyError(500, error.code ?? "proxy_failed", message, { outcome, cause: error });
  }
  return new ProxyError(
    500,
    "proxy_failed",
    "The proxy could not check this request. Nothing was sent. Look at the server's log.",
    {
      outcome,
      cause: error,
    },
  );
}

/** Returns the error for a redirect, whether the runtime's `fetch` rejected it or returned it as a response. */
export function redirected(details: {
  cause?: unknown;
  headers?: Record<string, string>;
  outcome?: Outcome;
}): ProxyError {
  const message =
    "Upstream answered with a redirect, which is not followed. Set `baseUrl` to the final address.";
  return new ProxyError(502, "upstream_redirected", message, { outcome: "unknown", ...details });
}
