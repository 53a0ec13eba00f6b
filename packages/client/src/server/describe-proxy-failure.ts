import { isConfigurationError } from "../errors/errors.ts";
import { TransportFailure } from "../transport/transport.ts";
import { Refusal } from "./proxy-error.ts";

/** How far a request had come when it failed. */
export interface ProxyStage {
  /** Something had left for upstream. */
  readonly wasSent: boolean;
  /** The page went away. */
  readonly isGone: boolean;
  /** Its time was over. */
  readonly isLate: boolean;
}

/** Puts every failure into words of the proxy's own: a message from below can hold a key or an address. */
export function describeProxyFailure(error: unknown, { wasSent, isGone, isLate }: ProxyStage): Refusal {
  if (error instanceof Refusal) return error;
  const outcome = wasSent ? "unknown" : "not-sent";
  if (isGone) return new Refusal(499, "client_closed", "The page went away.", { outcome, cause: error });
  if (isLate) {
    return wasSent
      ? new Refusal(
          504,
          "upstream_timeout",
          "Upstream did not answer in time. It may have billed this edit.",
          { outcome, cause: error },
        )
      : new Refusal(408, "too_slow", "The form did not arrive in time. Nothing was sent on.", {
          outcome,
          cause: error,
        });
  }
  if (error instanceof TransportFailure && error.delivery !== "possible") {
    return new Refusal(502, "upstream_unreachable", "Upstream could not be reached. Nothing was sent.", {
      outcome: "not-sent",
      cause: error,
    });
  }
  if (error instanceof TransportFailure && error.code === "redirected") return redirected({ cause: error });
  if (error instanceof TransportFailure && error.code === "headers_timeout") {
    const message =
      "Upstream did not answer within the limit of this runtime's `fetch`, 300 s on Node. It may have billed this edit. Give the handler a `fetch` that waits longer.";
    return new Refusal(504, "upstream_timeout", message, { outcome, cause: error });
  }
  if (wasSent) {
    return new Refusal(502, "upstream_failed", "Upstream broke off. It may have billed this edit.", {
      outcome,
      cause: error,
    });
  }
  if (isConfigurationError(error)) {
    const message =
      "This server is not set up for edits. Nothing was sent. Look at its key and its settings.";
    return new Refusal(500, error.code ?? "proxy_failed", message, { outcome, cause: error });
  }
  return new Refusal(
    500,
    "proxy_failed",
    "The proxy could not check this request. Nothing was sent. Look at the server's log.",
    {
      outcome,
      cause: error,
    },
  );
}

/** Makes the refusal of a redirect, whether the runtime's `fetch` refused it or gave it as an answer. */
export function redirected(details: { cause?: unknown; headers?: Record<string, string> }): Refusal {
  const message =
    "Upstream answered with a redirect, which is not followed. Set `baseUrl` to the final address.";
  return new Refusal(502, "upstream_redirect", message, { outcome: "unknown", ...details });
}
