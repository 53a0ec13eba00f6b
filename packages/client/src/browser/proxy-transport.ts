import { type Transport, TransportFailure } from "../transport/transport.ts";
import { cancelJob, followJob, jobOf, noteResponse } from "./follow-job.ts";
import { createXhrTransport } from "./xhr-transport.ts";

/** Called with the reference of a job, by which `collect` finds its image: before the form is sent where possible. */
export type OnJob = (job: string) => void | Promise<void>;

/** Proxies that have responded with an image: they have no jobs, and a closed connection cancels an edit. */
const withoutJobs = new Set<string>();

/**
 * Creates the transport of one edit through a proxy. Each attempt has an id: a browser automatically posts a form again
 * when a reused connection breaks, and the proxy recognizes the copy by its id and does not forward it. A proxy with
 * `jobs` responds with 202; the transport then waits for the job's response and returns that. An edit that is canceled before
 * the 202 is canceled by its attempt: the proxy may have the form, and a closed connection does not stop it.
 */
export function createProxyTransport(onJob: OnJob = () => undefined): Transport {
  const send = createXhrTransport();
  return async (request) => {
    // Across origins, the proxy's CORS rules may not allow another header, and every request would fail.
    const page = globalThis.location;
    const isOwn = page && new URL(request.url, page.href).origin === page.origin;
    const attempt = isOwn ? createAttemptId() : undefined;
    if (attempt !== undefined) await report(onJob, attempt);
    const headers = attempt === undefined ? {} : { "x-retouch-attempt": attempt };
    const sent = { ...request, headers: { ...request.headers, ...headers } };
    const cancel = (): void => {
      if (attempt !== undefined && !withoutJobs.has(request.url)) cancelJob(attempt, request, true);
    };
    if (!request.signal.aborted) request.signal.addEventListener("abort", cancel, { once: true });
    const response = await send(sent)
      .catch(throwProxyFailure)
      .finally(() => request.signal.removeEventListener("abort", cancel));
    const job = jobOf(response);
    if (job === undefined) {
      if (response.status === 200) withoutJobs.add(request.url);
      if (attempt !== undefined) noteResponse(attempt, response);
      return response;
    }
    if (attempt === undefined) await report(onJob, job);
    return followJob(attempt ?? job, request);
  };
}

/** Names the proxy in the failure of a connection: a page shows it to people who know no other server. */
function throwProxyFailure(error: unknown): never {
  if (!(error instanceof TransportFailure) || error.code !== "connection_failed") throw error;
  throw new TransportFailure(
    "The image-edit proxy of this page could not be reached, or does not allow the page (CORS): browsers do not say which.",
    { delivery: error.delivery, cause: error },
  );
}

function createAttemptId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** What stores a reference may fail; the edit is sent nevertheless, and only a reload would lose its image. */
async function report(onJob: OnJob, job: string): Promise<void> {
  await Promise.allSettled([(async () => onJob(job))()]);
}
