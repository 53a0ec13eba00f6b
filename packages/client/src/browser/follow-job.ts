import { createFetchTransport } from "../transport/fetch-transport.ts";
import { readCapped } from "../transport/response-body.ts";
import { TransportFailure, type TransportRequest, type TransportResponse } from "../transport/transport.ts";

/** The pause before the next request, in milliseconds; doubled after each that failed. */
const pauseMs = 250;
const maxPauseMs = 8_000;
const outcomeHeader = "x-retouch-outcome";
const emptyForm = { contentType: "", byteLength: 0, chunks: async function* () {} };

/** Edits that their proxy has responded to without a job: there is nothing to ask for. */
const withoutJob = new Set<string>();

/** Notes whether a response shows that its proxy has no job of an attempt: it is the proxy's, and not a gateway's. */
export function noteResponse(attempt: string, { status, headers }: TransportResponse): void {
  if (status === 200 || headers.get(outcomeHeader) !== null) withoutJob.add(attempt);
}

/** Returns the id of the job that a proxy has made of an edit, if this response says that it is still running. */
export function jobOf({ status, headers }: TransportResponse): string | undefined {
  return status === 202 ? (headers.get("x-retouch-job") ?? undefined) : undefined;
}

/**
 * Waits for the response of a job, however often the connection breaks meanwhile: asking costs nothing. Events come while the
 * server makes the image, and are continued where a connection broke. When the caller aborts, the job is canceled, up to
 * the server. A time limit does not cancel it: its image can still be collected.
 */
export async function followJob(
  job: string,
  { url, headers, signal }: Pick<TransportRequest, "url" | "headers" | "signal">,
): Promise<TransportResponse> {
  if (withoutJob.has(job)) return noJob();
  const get = createFetchTransport();
  const target = jobUrl(url, job);
  target.searchParams.set("live", "1");
  const own = headersOf(headers);
  const cancel = (): void => cancelJob(job, { url, headers, signal });
  const stop = (): void => signal.removeEventListener("abort", cancel);
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });
  let isLive = false;
  try {
    const response = await ask();
    const isOfEvents = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    isLive = isOfEvents || isCut(response);
    return isLive ? { ...response, body: continued(response, ask, signal, stop) } : response;
  } finally {
    if (!isLive) stop();
  }

  async function ask(): Promise<TransportResponse> {
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
  }
}

/** Yields the bytes of a response. Where the connection breaks, it asks again, and leaves out what was there before. */
async function* continued(
  response: TransportResponse,
  ask: () => Promise<TransportResponse>,
  signal: AbortSignal,
  onEnd: () => void,
): AsyncGenerator<Uint8Array> {
  let passed = 0;
  try {
    for (let failures = 0; ; failures++) {
      let at = 0;
      try {
        for await (const chunk of response.body) {
          const known = Math.max(0, passed - at);
          at += chunk.length;
          passed = Math.max(passed, at);
          if (known >= chunk.length) continue;
          failures = 0;
          yield chunk.subarray(known);
        }
        if (isCut(response)) throw ended();
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof TransportFailure) || isCut(response)) throw error;
      }
      await pause(Math.min(maxPauseMs, pauseMs * 2 ** failures), signal);
      response = await ask();
      if (response.status !== 200) {
        await readCapped(response.body, 65_536, 5_000);
        throw ended();
      }
    }
  } finally {
    onEnd();
  }
}

/** Returns whether the response of the image server broke off before its end. */
function isCut({ headers }: TransportResponse): boolean {
  return headers.get("x-retouch-cut") !== null;
}

function ended(): TransportFailure {
  const message = "The response of the image server broke off before its end.";
  return new TransportFailure(message, { delivery: "possible", code: "bad_response" });
}

/** What a proxy without jobs responds to a question about one. */
function noJob(): TransportResponse {
  const error = { message: "The proxy has no jobs.", code: "method_not_allowed" };
  return {
    status: 405,
    statusText: "",
    headers: { get: (name) => (name === outcomeHeader ? "not-sent" : null) },
    body: (async function* () {
      yield new TextEncoder().encode(JSON.stringify({ error }));
    })(),
  };
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
  return [408, 429, 502, 503, 504, 524].includes(status) && headers.get(outcomeHeader) === null;
}

/**
 * Returns a response with the outcome `unknown` if it is not the proxy's, such as the 401 or 404 of a server before it: it
 * refuses the question, and the edit may have been billed.
 */
function withOutcome(response: TransportResponse): TransportResponse {
  const { status, headers } = response;
  if (status < 300 || headers.get(outcomeHeader) !== null) return response;
  return {
    ...response,
    headers: { get: (name) => (name === outcomeHeader ? "unknown" : headers.get(name)) },
  };
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
