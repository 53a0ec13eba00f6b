import { ownHeaders } from "../response/own-headers.ts";
import type { JobResponse } from "./job-store.ts";
import { LiveBody } from "./live-body.ts";

/** Says that a job is still running. */
export function acceptedResponse(id: string): Response {
  return Response.json({ job: { id } }, { status: 202, headers: { ...ownHeaders, "x-retouch-job": id } });
}

/** The response of a job that was canceled. */
export function canceledResponse(outcome: string): Response {
  const error = {
    message: "The edit was canceled.",
    type: "invalid_request_error",
    param: null,
    code: "job_canceled",
  };
  return Response.json({ error }, { status: 409, headers: { "x-retouch-outcome": outcome } });
}

/** Reads a response to its end, or to where it breaks off. One of events is given to `onLive` when it begins. */
export async function readResponse(
  response: Response,
  isCanceled: boolean,
  onLive: (live: LiveBody) => void = () => undefined,
): Promise<{ readonly response: JobResponse; readonly body: Uint8Array }> {
  const outcome = response.headers.get("x-retouch-outcome");
  if (isCanceled && outcome !== null) return readResponse(canceledResponse(outcome), false);
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    // Those for the page that sent the edit: another one may collect it.
    if (!name.startsWith("access-control-") && name !== "vary") headers[name] = value;
  });
  const isOfEvents = headers["content-type"]?.startsWith("text/event-stream") === true;
  const live = isOfEvents ? new LiveBody(response.status, headers) : undefined;
  if (live !== undefined) onLive(live);
  const chunks: Uint8Array[] = [];
  let isCut = false;
  try {
    const reader = response.body?.getReader();
    while (reader) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      live?.push(value);
    }
  } catch {
    isCut = true; // what arrived is billed
  }
  live?.end(isCut ? "cut" : "complete");
  const body = new Uint8Array(chunks.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return { response: { status: response.status, headers, isCut }, body };
}

/**
 * Returns a stored response as it arrived. One that was cut says so in its head: a connection that breaks means that the page
 * asks again, and Node would break it before anything is sent.
 */
export function replay({ status, headers, isCut }: JobResponse, body: Uint8Array): Response {
  const cut = isCut ? { "x-retouch-cut": "1" } : {};
  return new Response(body as Uint8Array<ArrayBuffer>, {
    status,
    headers: { ...headers, ...ownHeaders, ...cut },
  });
}
