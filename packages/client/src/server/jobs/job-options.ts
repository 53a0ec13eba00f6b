import { checkNames } from "../../config/check-names.ts";
import { ConfigurationError } from "../../errors/errors.ts";
import type { JobStore } from "./job-store.ts";

/** Edits that outlive the page that sent them. */
export interface JobOptions {
  /** Where jobs and their responses are stored: `memoryJobStore()`, `fileJobStore(directory)`, or your own. */
  readonly store: JobStore;
  /**
   * Returns who sent the request: a user's or a session's id. Only the same owner may collect or cancel a job; everyone
   * else gets 404. Without an owner, a request is rejected.
   */
  readonly owner: (request: Request) => string | undefined | Promise<string | undefined>;
  /**
   * Keeps the process alive until the promise settles, on platforms that stop it with the response: `waitUntil` of Vercel or
   * Cloudflare.
   */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** How long a job can be collected, in milliseconds; an hour by default. */
  readonly ttlMs?: number | undefined;
}

/** Throws for the first invalid option: without an owner, a job would be everyone's. */
export function checkJobOptions(jobs: JobOptions | undefined): void {
  if (jobs === undefined) return;
  checkNames(jobs, ["store", "owner", "waitUntil", "ttlMs"], "jobs.");
  const { store, owner, waitUntil, ttlMs } = jobs;
  if (typeof store?.add !== "function")
    throw new ConfigurationError("`jobs.store` must be a job store, such as `memoryJobStore()`.");
  if (typeof owner !== "function")
    throw new ConfigurationError("`jobs.owner` must be a function that returns the id of the sender.");
  if (waitUntil !== undefined && typeof waitUntil !== "function")
    throw new ConfigurationError("`jobs.waitUntil` must be a function.");
  if (ttlMs !== undefined && !(Number.isFinite(ttlMs) && ttlMs > 0))
    throw new ConfigurationError("`jobs.ttlMs` must be a finite number above 0.");
}
