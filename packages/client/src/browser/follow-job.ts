import { createFetchTransport } from "../transport/fetch-transport.ts";
import { readCapped } from "../transport/response-body.ts";
import { TransportFailure, type TransportRequest, type TransportResponse } from "../transport/transport.ts";

/** The pause before the next request, in milliseconds; doubled after each that failed. */
const pauseMs = 250;
const maxPauseMs = 8_000;
const emptyForm = { contentType: "", byteLength: 0, chunks: async function* () {} };

/** Returns the id of the job that a proxy has made of an edit, if this response says that it is still running. */
export function jobOf({ status, headers }: TransportResponse): string | undefined {
  return status === 202 ? (headers.get("x-retouch-job") ?? undefined) : undefined;
}

/**
 * Waits for the response of a job, however often the connection breaks meanwhile: asking costs nothing. When the caller
 * aborts, the job is canceled, up to the server. A time limit does not cancel it: its image can still be collected.
 */
export async function followJob(
  job: string,
  { url, headers, signal }: Pick<TransportRequest, "url" | "headers" | "signal">,
): Promise<TransportResponse> {
  const get = createFetchTransport();
  const target = jobUrl(url, job);
  const own = headersOf(headers);
  const cancel = (): void => cancelJob(job, { url, headers, signal });
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });
  try {
    for (let failures = 0; ; failures++) {
      try {
        const response = await get({
          method: "GET",
          url: target.href,
          headers: own,
          body: emptyForm,
          signal,
        });
        if (jobOf(response) !== undefined) failures = 0;
        else if (!isGateway(response)) return withOutcome(response);
        // Read to its end, so that the connection can be used again.
        await readCapped(response.body, 65_536, 5_000);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof TransportFailure)) throw error;
      }
      await pause(Math.min(maxPauseMs, pauseMs * 2 ** failures), signal);
    }
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/**
 * Cancels a job, unless the signal aborted for a time limit: its image can still be collected.
 *
 * @param isAttempt Whether the proxy may not have made a job of the attempt yet: it then refuses the form that follows.
 */
export function cancelJob(
  job: string,
  { url, headers, signal }: Pick<TransportRequest, "url" | "headers" | "signal">,
  isAttempt = false,
): void {
  if ((signal.reason as { readonly name?: unknown } | undefined)?.name === "TimeoutError") return;
  const own = { ...headersOf(headers), ...(isAttempt && { "x-retouch-attempt": job }) };
  // The page may be about to leave: `keepalive` lets the request outlive it.
  void fetch(jobUrl(url, job), { method: "DELETE", headers: own, keepalive: true }).catch(() => undefined);
}

function jobUrl(url: string, job: string): URL {
  const target = new URL(url, globalThis.location?.href);
  target.searchParams.set("job", job);
  return target;
}

/** Returns the headers of a request about a job: those of an edit that are not about its form. */
function headersOf(headers: TransportRequest["headers"]): TransportRequest["headers"] {
  const { "content-type": _type, "idempotency-key": _key, "x-retouch-attempt": _attempt, ...own } = headers;
  return own;
}

/** Returns whether a response is a gateway's, which says nothing about the job: the proxy's own have an outcome. */
function isGateway({ status, headers }: TransportResponse): boolean {
  return [408, 429, 502, 503, 504, 524].includes(status) && headers.get("x-retouch-outcome") === null;
}

/**
 * Returns a response with the outcome `unknown` if it is not the proxy's, such as the 401 or 404 of a server before it: it
 * refuses the question, and the edit may have been billed.
 */
function withOutcome(response: TransportResponse): TransportResponse {
  const { status, headers } = response;
  const outcome = "x-retouch-outcome";
  if (status < 300 || headers.get(outcome) !== null) return response;
  return { ...response, headers: { get: (name) => (name === outcome ? "unknown" : headers.get(name)) } };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
