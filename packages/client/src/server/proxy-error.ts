import { isConfigurationError, isHttpError, isInvalidResponseError, type Outcome } from "../errors/errors.ts";
import { TransportFailure } from "../transport/transport.ts";

/** Error that ends a request with the proxy's own response. Its message contains nothing that upstream sent. */
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

/** The progress of a request when it failed. */
interface ProxyStage {
  /** Whether anything was sent to upstream. */
  readonly wasSent: boolean;
  /** Whether the page closed the connection. */
  readonly isGone: boolean;
  /** Whether the time limit was reached. */
  readonly isLate: boolean;
}

/** Returns an error with the proxy's own message for any failure, whose message can contain a key or an address. */
export function toProxyError(error: unknown, { wasSent, isGone, isLate }: ProxyStage): ProxyError {
  if (error instanceof ProxyError) return error;
  // Of a task that was polled: its message is made of upstream's without what a page must not see.
  if (isInvalidResponseError(error) && !isGone && !isLate) {
    const status = error.outcome === "unknown" ? 502 : 422;
    return new ProxyError(status, error.code, error.message, { outcome: error.outcome, cause: error });
  }
  if (isHttpError(error) && !isGone && !isLate) {
    const message = `Upstream answered ${error.status} when its task was polled. It may have billed this edit.`;
    return new ProxyError(502, `upstream_${error.status}`, message, { outcome: "unknown", cause: error });
  }
  const outcome = wasSent ? "unknown" : "not-sent";
  if (isGone)
    return new ProxyError(499, "client_closed", "The page closed the connection.", { outcome, cause: error });
  if (isLate) {
    return wasSent
      ? new ProxyError(
          504,
          "upstream_timeout",
          "Upstream did not respond in time. It may have billed this edit.",
          { outcome, cause: error },
        )
      : new ProxyError(408, "too_slow", "The form did not arrive in time. Nothing was forwarded.", {
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
    return new ProxyError(
      502,
      "upstream_failed",
      "The connection to upstream broke. It may have billed this edit.",
      {
        outcome,
        cause: error,
      },
    );
  }
  if (isConfigurationError(error)) {
    const advice =
      error.code === "missing_api_key"
        ? "It has no API key: set the environment variable that `apiKey` comes from, such as RETOUCH_API_KEY, and start it again."
        : "Check its key and its settings.";
    const message = `This server is not set up for edits. Nothing was sent. ${advice}`;
    return new ProxyError(500, error.code ?? "proxy_failed", message, { outcome, cause: error });
  }
  return new ProxyError(
    500,
    "proxy_failed",
    "The proxy could not check this request. Nothing was sent. See the server's log.",
    {
      outcome,
      cause: error,
    },
  );
}

/**
 * Returns the error of a request that asks for a job, when it is refused before the job is known: the edit may be at the
 * provider all the same.
 */
export function refusedCollecting(error: unknown): ProxyError {
  const refused = toProxyError(error, { wasSent: false, isGone: false, isLate: false });
  const { status, code, message, param, headers, outcome } = refused;
  if (outcome !== "not-sent" || code === "job_interrupted") return refused;
  const seen = message.replace(" Nothing was sent.", "").replace(", so nothing was sent", "");
  return new ProxyError(status, code, seen, { param, headers, outcome: "unknown", cause: error });
}

/** Returns the error for a redirect, which the runtime's `fetch` either rejects or returns as a response. */
export function redirected(details: {
  cause?: unknown;
  headers?: Record<string, string>;
  outcome?: Outcome;
}): ProxyError {
  const message = "Upstream sent a redirect, which is not followed. Set `baseUrl` to the final URL.";
  return new ProxyError(502, "upstream_redirected", message, { outcome: "unknown", ...details });
}
