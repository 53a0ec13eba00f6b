import { ProxyError } from "../proxy-error.ts";
import type { Job } from "./job-store.ts";

/** Returns the error for a job that is not stored, has expired, or is of another owner. */
export function notFound(): ProxyError {
  const message =
    "This edit is not known here, or no longer. If it was sent, it may have been billed: look it up at the provider.";
  return new ProxyError(404, "job_not_found", message, { outcome: "unknown" });
}

/** Returns the error for a job whose process has ended without a response. */
export function interrupted({ status }: Job): ProxyError {
  return status === "accepted"
    ? new ProxyError(
        502,
        "job_interrupted",
        "The server stopped before it sent this edit. Nothing was billed.",
      )
    : new ProxyError(
        502,
        "job_interrupted",
        "The server stopped while this edit was at the provider. It may have been billed, and is not sent again.",
        { outcome: "unknown" },
      );
}

/** Throws the error for a store that fails before anything is sent. */
export function throwUnavailable(cause: unknown): never {
  const message = "The server could not store this edit, so nothing was sent. See the server's log.";
  throw new ProxyError(503, "jobs_unavailable", message, { cause });
}
