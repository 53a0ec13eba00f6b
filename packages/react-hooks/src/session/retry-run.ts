import { isHttpError, isRetouchError } from "@retouch/client/browser";
import type { EditTransport } from "../transport/edit-transport.ts";
import type { EditRun } from "./edit-run.ts";

/** What a proxy says that has no such job. */
const unknownJob = ["method_not_allowed", "job_not_found"];
/** What a proxy says of the request that collects an edit, not of the edit: the job may be there. */
const refusals = [
  "not_authorized",
  "origin_not_allowed",
  "host_not_allowed",
  "jobs_unavailable",
  "proxy_failed",
];

/** Returns whether an error is about the request that collects an edit, not about the edit. */
export function isProxyRefusal(error: unknown): boolean {
  return isRetouchError(error) && [...unknownJob, ...refusals].includes(String(error.code));
}

/** Returns whether the response of a failed run may still be at its proxy. */
export function mayCollect({ job, snapshot }: EditRun, { collect }: EditTransport): boolean {
  const { status, outcome } = snapshot;
  return job !== undefined && collect !== undefined && status === "error" && outcome === "unknown";
}

/**
 * Returns whether collecting has shown that there is no response to wait for: the proxy has no such job, or the job ended
 * with the failure that the run being retried has already reported. A failure that is news is reported first.
 */
export function isKnownEnd(error: unknown, before: Error | undefined): boolean {
  if (!isRetouchError(error)) return false;
  if (unknownJob.includes(String(error.code))) return true;
  if (!isHttpError(error) || refusals.includes(String(error.code))) return false;
  // The server before the proxy asks to sign in. What an image server refuses is `rejected`.
  if (error.outcome === "unknown" && (error.status === 401 || error.status === 403)) return false;
  const { name, code } = (before ?? {}) as { readonly name?: string; readonly code?: unknown };
  return name === error.name && String(code ?? "error") === String(error.code ?? "error");
}
