import type { Settings } from "../config/resolve-settings.ts";
import { lateCode } from "../late-code.ts";
import type { ByteSource } from "../media/byte-source.ts";
import { prepareEdit } from "../request/prepare-edit.ts";
import { resolveDialect } from "../request/resolve-dialect.ts";
import { resolveKey } from "../request/resolve-key.ts";
import { keyHeaders } from "../request/send-with-retries.ts";
import type { RequestBody } from "../transport/request-body.ts";
import type { Transport, TransportResponse } from "../transport/transport.ts";
import { offerDirectBody } from "./direct-body.ts";
import { preflightError } from "./guards/check-policy.ts";
import type { AttemptDeduplicator } from "./guards/deduplicate-attempts.ts";
import { toProxyError } from "./proxy-error.ts";
import type { ProxiedEdit } from "./request/parse-fields.ts";
import type { RequestContext } from "./request-context.ts";
import { forwardBody, streamOf } from "./response/forward-body.ts";
import { rejectHtml, responseHeaders, responseType, toUpstreamError } from "./response/forward-response.ts";
import { ownHeaders } from "./response/own-headers.ts";
import { createUpstreamPoller } from "./response/poll-upstream.ts";
import { createBodyRedactor } from "./response/redact-body.ts";
import { createUpstreamRedactor } from "./response/redact-upstream.ts";
import { createLinkResolver } from "./response/resolve-links.ts";

/** What forwards the edits of one handler. */
export interface Upstream {
  readonly settings: Settings;
  readonly loadTransport: () => Promise<Transport>;
  readonly attempts: AttemptDeduplicator;
}

/** Opens nothing: the images of a form are already in memory. */
const platform = { openInput: (source: ByteSource) => source };

/**
 * Checks the edit against its model's limits, sends it once, and forwards the response as it arrives. `release` is
 * called once the form was sent: upstream may take minutes to respond, and the form is never sent again.
 */
export async function forwardEdit(
  edit: ProxiedEdit,
  { settings, loadTransport, attempts }: Upstream,
  request: Request,
  call: RequestContext,
  release: () => void,
  beforeSending?: () => Promise<void>,
): Promise<Response> {
  const { deadline } = call;
  const { host } = settings;
  const { signal } = deadline;
  const { dialect, url, root } = await deadline.race(resolveDialect(settings));
  const prepared = await prepareEdit(edit.params, { platform, settings, lateCode, dialect, signal });
  if (!prepared.form) throw preflightError(prepared.problems);
  const key = (await deadline.race(resolveKey(settings))) ?? "";
  const { prompt, ...others } = edit.params;
  const upstreamRedactor = createUpstreamRedactor({
    key,
    host,
    port: new URL(settings.origin).port,
    prompt: String(prompt ?? ""),
    sent: Object.values(others).filter((value) => typeof value === "string"),
  });
  const form = releaseAfterRead(prepared.form, release);
  const idempotencyKey = request.headers.get("idempotency-key");
  const resolved = { dialect, url, root };
  const { redact } = upstreamRedactor;
  const { model } = edit;
  const transport = await deadline.race(loadTransport());
  const polling = createUpstreamPoller({ ...resolved, settings, key, transport, redact, model, call });
  const poll = await deadline.race(polling);
  const accept = edit.params["stream"] === true ? "text/event-stream, application/json" : "application/json";
  await deadline.race(beforeSending?.());
  deadline.signal.throwIfAborted();
  const attempt = attempts.add(request.headers.get("x-retouch-attempt"));
  const upstream = await send().catch((error) => {
    const stage = { wasSent: true, isGone: request.signal.aborted, isLate: deadline.isOver() };
    if (toProxyError(error, stage).outcome !== "unknown") attempt.delete();
    throw error;
  });
  const headers = responseHeaders(upstream, upstreamRedactor);
  const chunks = await rejectHtml(upstream, headers);
  const requestId = headers["x-request-id"];
  const bodyRedactor = createBodyRedactor(upstreamRedactor.findInSegment, createLinkResolver(root ?? ""));
  // Without a dialect for tasks, the page's client says that its image is still to be made.
  const status = upstream.status === 202 ? 202 : 200;
  call.report("answered", { status, requestId });
  // A response that is never read, as in a test that looks at its status only, must not hold the process.
  deadline.unref();
  const body = forwardBody(chunks, call, bodyRedactor, requestId);
  const response = new Response(streamOf(body), {
    status,
    headers: {
      ...ownHeaders,
      ...call.cors,
      ...headers,
      "content-type": responseType(upstream),
      // nginx buffers responses of a proxy by default; events must arrive one by one.
      "x-accel-buffering": "no",
    },
  });
  offerDirectBody(response, body);
  return response;

  async function send(): Promise<TransportResponse> {
    call.wasSent = true;
    call.report("sent");
    const response = await transport({
      url,
      headers: {
        ...keyHeaders(key, dialect.keyHeader),
        "content-type": form.contentType,
        accept,
        ...(idempotencyKey !== null &&
          /^[!-~]{1,255}$/.test(idempotencyKey) && { "idempotency-key": idempotencyKey }),
      },
      body: form,
      signal: deadline.signal,
    });
    if (response.status < 200 || response.status > 299)
      throw await toUpstreamError(response, upstreamRedactor);
    return poll(response);
  }
}

/** Creates a form that can be read once, and then frees its buffer. */
function releaseAfterRead(
  { contentType, byteLength, chunks }: RequestBody,
  release: () => void,
): RequestBody {
  return {
    contentType,
    byteLength,
    async *chunks() {
      try {
        yield* chunks();
      } finally {
        release();
      }
    },
  };
}
